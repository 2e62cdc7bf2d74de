"""The words of the review workbook, read from `labels.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from integration.contracts import contracts
from warehouse.yaml_file import read_yaml

LABELS = Path(__file__).with_name("labels.yaml")


@dataclass(frozen=True)
class Field:
    """One fact shown of both sides; `shown` and `differs` are SQL, `words` translate what is shown."""

    label: str
    width: int
    shown: str
    differs: str
    words: Mapping[str, str]


@dataclass(frozen=True)
class Labels:
    """Everything the workbook says, in Indonesian; the keys of the mappings are what Padan stores."""

    sheets: Mapping[str, str]
    columns: Mapping[str, str]
    answers: Mapping[str, str]
    answer_help: str
    answer_error: str
    reasons: Mapping[str, str]
    probabilities: tuple[tuple[float, str], ...]
    fields: tuple[Field, ...]
    instructions: tuple[str, ...]

    def reason(self, code: str) -> str:
        """Say why a pair is asked; one that nobody has worded yet is asked for without a reason."""
        return self.reasons.get(code, self.reasons["other"])

    def probability(self, share: float) -> str:
        """Say a probability (0 to 1) in words."""
        return next(label for least, label in self.probabilities if share >= least)


@cache
def labels() -> Labels:
    """Read the words, once."""
    said: dict[str, Any] = read_yaml(LABELS)
    titles = {name: one.title for name, one in contracts().items()}
    fields = tuple(
        Field(**{**one, "words": titles if isinstance(one.get("words"), str) else one.get("words", {})})
        for one in said["fields"]
    )
    probabilities = tuple((float(one["from"]), one["label"]) for one in said["probabilities"])
    return Labels(
        **{**said, "fields": fields, "probabilities": probabilities, "instructions": tuple(said["instructions"])}
    )
