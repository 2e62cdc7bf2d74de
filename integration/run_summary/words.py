"""The words of page, e-mail and list, read once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from warehouse.declared_file import DeclaredFile

_WORDS = Path(__file__).with_name("words.yaml")
_GROUPS = ("subjects", "changes", "agencies", "stages", "page", "columns", "facts", "ages", "mail")


@dataclass(frozen=True)
class Outcome:
    """How a run ended: in a word, in a sentence, and whether nobody has to act."""

    good: bool
    short: str
    sentence: str


@dataclass(frozen=True)
class Words:
    """What is said of a run; the keys are what Padan stores."""

    outcomes: Mapping[str, Outcome]
    subjects: Mapping[str, str]
    changes: Mapping[str, str]
    agencies: Mapping[str, str]
    stages: Mapping[str, str]
    page: Mapping[str, str]
    columns: Mapping[str, str]
    facts: Mapping[str, str]
    ages: Mapping[str, str]
    mail: Mapping[str, str]


@cache
def summary_words() -> Words:
    """Read the words; raises `DeclarationError` where the file lacks some."""
    file = DeclaredFile("run_summary/words.yaml")
    said = file.keys("the words", file.read(_WORDS), {"outcomes", *_GROUPS})
    outcomes = {
        name: Outcome(**file.keys(f"outcomes, {name}", body, {"good", "short", "sentence"}))
        for name, body in file.table("outcomes", said["outcomes"]).items()
    }
    return Words(outcomes=outcomes, **{name: said[name] for name in _GROUPS})
