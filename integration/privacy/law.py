"""Reading what the law lets a person ask for, and of whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from warehouse.yaml_file import read_yaml

_FILE = Path(__file__).with_name("law.yaml")


@dataclass(frozen=True)
class Law:
    """What `law.yaml` says; it explains each part."""

    answers: Mapping[str, str]
    agencies: Mapping[str, Mapping[str, str]]
    right_of_erasure: str
    erasure_does: tuple[str, ...]
    erasure_does_not: tuple[str, ...]
    classes: Mapping[str, Mapping[str, object]]
    subjects: tuple[str, ...]


@cache
def law() -> Law:
    """Read the file."""
    said = read_yaml(_FILE)
    return Law(
        answers=said["answers"],
        agencies=said["agencies"],
        right_of_erasure=said["erasure"]["right"],
        erasure_does=tuple(said["erasure"]["does"]),
        erasure_does_not=tuple(said["erasure"]["does_not"]),
        classes=said["classes"],
        subjects=tuple(said["subjects"]),
    )
