"""Where a home keeps things, and how much of the machine a run may use."""

import os
from dataclasses import dataclass
from pathlib import Path

DEFAULT_HOME = "data"
STAGES = ("agency_extracts", "clean_records", "matched_pairs", "persons", "targeting")
"""The five stages, in the data's order: schema names, asset groups, module names."""


@dataclass(frozen=True)
class Home:
    """One kabupaten's working place: everything Padan writes is below `path`."""

    path: Path

    @classmethod
    def from_environment(cls) -> "Home":
        """Give the home that `PADAN_HOME` names, else `./data`."""
        return cls(Path(os.environ.get("PADAN_HOME", DEFAULT_HOME)).absolute())

    @property
    def database(self) -> Path:
        """The working database; one writer, never opened by agencies."""
        return self.path / "warehouse.duckdb"

    @property
    def landing(self) -> Path:
        """Delivered files as they came, named by their hash; never changed."""
        return self.path / "landing"

    @property
    def published(self) -> Path:
        """Versioned snapshots and the pointer to the one in force."""
        return self.path / "published"

    @property
    def dagster(self) -> Path:
        """DAGSTER_HOME: runs, checks and metadata that the UI shows."""
        return self.path / "dagster"

    @property
    def keys(self) -> Path:
        """Secret keys, readable by the owner alone."""
        return self.path / "keys"

    @property
    def temporary(self) -> Path:
        """Spill files and files being converted; emptied at the start of a run."""
        return self.path / "temporary"


@dataclass(frozen=True)
class Resources:
    """What a run may take: `PADAN_MEMORY` (such as `4GB`) and `PADAN_THREADS`, else a share of the machine."""

    memory_limit: str
    threads: int

    @classmethod
    def from_environment(cls) -> "Resources":
        """Read the two variables; without them all cores, and a third of the memory but at most 6 GB."""
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        megabytes = max(512, min(6_000, total // 3_000_000))
        return cls(
            memory_limit=os.environ.get("PADAN_MEMORY", f"{megabytes}MB"),
            threads=int(os.environ.get("PADAN_THREADS", str(len(os.sched_getaffinity(0))))),
        )
