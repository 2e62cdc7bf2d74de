"""The publication gates of contracts §6.2: what must hold of a month before agencies see it."""

from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any, Literal

from integration.contracts import contracts
from warehouse.database import Connection, value
from warehouse.yaml_file import read_yaml

GATES = Path(__file__).with_name("gates.yaml")


@dataclass(frozen=True)
class Gate:
    """One gate and how it went; `measured` is null where there was nothing to compare with."""

    name: str
    sentence: str
    outcome: Literal["passed", "failed", "not_evaluable"]
    measured: float | None
    wanted: str


def publication_gates(
    con: Connection,
    *,
    previous_balita: int | None = None,
    precision: float | None = None,
    recall: float | None = None,
) -> list[Gate]:
    """Judge `targeting.targeting` by every gate of `gates.yaml`, in its order.

    `previous_balita` is the number of children in the previous month's publication; `precision` and `recall` (0 to 1)
    are of the automatic links in a labelled sample. None of them means there is none yet, and the gate is not
    evaluable; only `failed` stops a publication. Reads besides `agency_extracts.delivery` and `clean_records.region`.
    """
    given = {"previous_balita": previous_balita, "precision": precision, "recall": recall}
    names = {name: "NULL" if number is None else repr(number) for name, number in given.items()}
    return [_judge(con, gate, names) for gate in _declared_gates()]


def _declared_gates() -> list[dict[str, Any]]:
    required = [one.dataset for one in contracts().values() if one.required_to_publish]
    gates: list[dict[str, Any]] = []
    for gate in read_yaml(GATES):
        if "for_each" not in gate:
            gates.append(gate)
            continue
        for dataset in required:
            named = {key: gate[key].replace("{dataset}", dataset) for key in ("sentence", "measure")}
            gates.append({**gate, **named, "name": f"{gate['name']}_{dataset}"})
    return gates


def _judge(con: Connection, gate: dict[str, Any], names: dict[str, str]) -> Gate:
    found = value(con, Template(gate["measure"]).substitute(names))
    measured = None if found is None else float(found)
    low, high = gate.get("at_least"), gate.get("at_most")
    outcome: Literal["passed", "failed", "not_evaluable"]
    if measured is None:
        outcome = "not_evaluable"
    elif (low is not None and measured < low) or (high is not None and measured > high):
        outcome = "failed"
    else:
        outcome = "passed"
    wanted = " and ".join(
        f"{word} {bound:g}" for word, bound in (("at least", low), ("at most", high)) if bound is not None
    )
    return Gate(gate["name"], gate["sentence"], outcome, measured, wanted)


def gate_sentences() -> dict[str, str]:
    """Give what each gate wants, by its name, in the order of `gates.yaml`."""
    return {gate["name"]: gate["sentence"] for gate in _declared_gates()}
