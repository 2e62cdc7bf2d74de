"""A seeded synthetic population, written as the agencies' own files with the truth beside them."""

from integration.sampling.noise import NoiseProfile
from integration.sampling.sample import SampleSummary, write_sample

__all__ = ["NoiseProfile", "SampleSummary", "write_sample"]
