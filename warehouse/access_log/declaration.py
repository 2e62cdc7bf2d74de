"""Reading which fields and actions the access log has."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from warehouse.yaml_file import read_yaml

_FILE = Path(__file__).with_name("actions.yaml")


@dataclass(frozen=True)
class Word:
    """A field or an action: its Indonesian label and what it means."""

    label: str
    meaning: str


def fields() -> Mapping[str, Word]:
    """Give the fields of a line, in the order in which they stand in it."""
    return _declared()["fields"]


def actions() -> Mapping[str, Word]:
    """Give the actions that the log tells of."""
    return _declared()["actions"]


@cache
def _declared() -> dict[str, dict[str, Word]]:
    found: dict[str, dict[str, dict[str, str]]] = read_yaml(_FILE)
    return {part: {name: Word(**said) for name, said in words.items()} for part, words in found.items()}
