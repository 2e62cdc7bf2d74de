"""How each column of the targeting table comes about: `target_columns.yaml`, read and checked."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from integration import persons
from integration.contracts import Contract, contracts
from integration.explanation.masking import masked
from integration.rules import Rules
from warehouse.errors import DeclarationError
from warehouse.tables import table
from warehouse.yaml_file import read_yaml

_FILE = Path(__file__).with_name("target_columns.yaml")
_SOURCE_ORDER = Path(persons.__file__).with_name("source_order.csv")
_PARTS = ("tiers", "score", "gaps", "risk_factors", "mortality_risk")
"""Parts of the rules file whose statements are explained one by one."""


@dataclass(frozen=True)
class Origin:
    """How one column comes about; the file says what each part means.

    `reads` are the columns read of each dataset, datasets in their order of precedence: of the agencies' own rows, or
    where `of_records` of `clean_records.person_record`. `whose` says whose rows: `own`, `family`, `head`. `choice` says
    in words which row counts, None where none is read.
    """

    reads: Mapping[str, tuple[str, ...]]
    of_records: bool
    whose: tuple[str, ...]
    choice: str | None
    rules: tuple[str, ...]
    of: tuple[str, ...]
    source: str | None

    def rule(self, rules: Rules) -> str:
        """Say in words how the column comes about under `rules`; empty for what the run itself writes."""
        said = [f"follows from {', '.join(self.of)}"] if self.of else []
        said += [f"is read from {self.choice}"] if self.choice else []
        said += [decides for name in self.rules for decides in _decides(name, rules)]
        if self.source and self.source in rules.sources:
            said.append(f"{self.source} ({rules.sources[self.source]})")
        return "; ".join(said)


def column_rules(rules: Rules) -> dict[str, str]:
    """Give by `targeting.column` the rule of each column of that table in words, for the data dictionary."""
    return {f"targeting.{name}": origin.rule(rules) for name, origin in origins().items()}


@cache
def origins() -> dict[str, Origin]:
    """Give the origin of each column of `targeting.targeting`, in the table's order.

    Raises `DeclarationError` when the file explains a column that is none, leaves one out, or names what does not
    exist.
    """
    declared = _declared()
    names = table("targeting.targeting").column_names
    if wrong := sorted(set(names) ^ set(declared["columns"])):
        raise DeclarationError(f"{_FILE.name}: {', '.join(wrong)} must be columns of targeting.targeting, each once.")
    return {name: _origin(name, declared["columns"][name], declared["choices"]) for name in names}


def shown_value(name: str, privacy: str, value: object, *, in_full: bool) -> str:
    """Write a value as it is shown, masked unless `in_full`; what is unknown is a dash."""
    if value is None:
        return "—"
    shown = _declared()["shown"]
    mask = "open" if in_full else shown["columns"].get(name, shown["classes"][privacy])
    return masked(_written(value), mask)


def _decides(name: str, rules: Rules) -> list[str]:
    """Say what the rules file has at a place that decides; of a whole part only its name."""
    if name in _PARTS:
        return [f"{name} of the rules file"]
    if name in rules.thresholds:
        return [f"{name} {rules.thresholds[name]:g}"]
    if hasattr(rules, name):
        return [f"{name} {getattr(rules, name)}"]
    answers = {one: values for one, values in rules.answers.items() if name in one}
    return [f"{one} {', '.join(map(str, values)) or '-'}" for one, values in answers.items()]


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_written, value)) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _origin(name: str, told: dict[str, Any], choices: dict[str, dict[str, Any]]) -> Origin:
    place = f"{_FILE.name}, {name}"
    if unknown := set(told) - {"record", "reads", "choice", "rules", "of", "source"}:
        raise DeclarationError(f"{place}: {sorted(unknown)} were found; the file says above what may stand there.")
    if ("record" in told or "reads" in told) != (told.get("choice") in choices):
        raise DeclarationError(f"{place}: a column that reads rows has one of the choices {', '.join(choices)}.")
    choice = choices.get(told.get("choice", ""), {})
    reads: Mapping[str, tuple[str, ...]] = {
        _contract(place, code).dataset: tuple(columns) for code, columns in told.get("reads", {}).items()
    }
    if "record" in told:
        reads = dict.fromkeys(_by_precedence(choice.get("order", "register")), (told["record"],))
    return Origin(
        reads=reads,
        of_records="record" in told,
        whose=tuple(choice.get("whose", ("own", "family"))),
        choice=choice.get("sentence"),
        rules=tuple(told.get("rules", ())),
        of=tuple(told.get("of", ())),
        source=told.get("source"),
    )


def _contract(place: str, code: str) -> Contract:
    for one in contracts().values():
        if one.code == code:
            return one
    raise DeclarationError(f"{place}: {code!r} is the code of no contract.")


@cache
def _by_precedence(order: str) -> list[str]:
    """Give the datasets in the order in which `persons` believes them about `order`."""
    with _SOURCE_ORDER.open(encoding="utf-8", newline="") as file:
        return [row["dataset"] for row in sorted(csv.DictReader(file), key=lambda row: int(row[order]))]


@cache
def _declared() -> dict[str, Any]:
    found: dict[str, Any] = read_yaml(_FILE)
    return found
