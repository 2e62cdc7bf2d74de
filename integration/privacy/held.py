"""Everything that is held of a person and where it came from, with what is about others masked."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import integration.records
from integration.contracts import Contract, contracts
from integration.explanation.masking import initials, number
from integration.privacy.corrections import corrections
from integration.privacy.data_subject import DataSubject, attached
from integration.privacy.law import law
from integration.privacy.who_saw import as_json, who_saw
from integration.retention import retention_in_force
from warehouse.database import Connection, arrow, literal, reader, rows, table_exists
from warehouse.entitlements import policy_in_force
from warehouse.publication import publications
from warehouse.settings import Home
from warehouse.yaml_file import read_yaml

METHODS = {
    "register": "baris ini adalah baris penduduk itu sendiri",
    "nik_exact": "NIK sama, dan nama atau tanggal lahir cocok",
    "nik_repair": "NIK berbeda satu angka, tanggal lahir dan nama cocok",
    "kk_name": "nomor KK dan nama sama",
    "prob": "nama, tanggal lahir, orang tua, dan tempat cocok sebagaimana pada satu orang",
    "manual": "diputuskan oleh petugas",
    "unlinked": "tidak ditemukan baris lain milik orang ini",
}
"""Why a row is counted as the person's, by `match_method`."""
_NAMES_OF_OTHERS = (
    "mother_name",
    "father_name",
    "head_name",
    "parent_name",
    "spouse_name",
    "husband_name",
    "wife_name",
)
_SIXTEEN = re.compile(r"\d{16}")
_TABLES = ("targeting", "child_growth", "mortality_event", "target_exit")


def held_of(home: Home, subject: DataSubject) -> dict[str, Any]:
    """Give all that the home holds of a person as plain values for JSON.

    Of others only what the person's own rows say: their numbers as 350927******0001, their names as initials. A number
    of 16 digits that is neither the person's NIK nor the number of their family card is masked wherever it stands.
    Raises `HomeBusy` while a run writes to the home.
    """
    with reader(home) as con:
        person = _one(con, "persons.person", "person_id", subject.ids)
        family = _one(con, "persons.family", "family_id", [person.get("family_id")])
        said: dict[str, Any] = {
            "person_id": subject.name,
            "person": person,
            "earlier_ids": [one for one in subject.ids if one != subject.person_id],
            "family": family,
            "delivered": _delivered(con, subject),
            "refused_rows": _refused(con, subject),
            "named_in_rows_of_others": _named_in(con, subject),
            "history": _rows(con, "persons.person_history", "person_id", subject.ids),
            "decisions": _decisions(con, subject),
        }
    said["published"] = [one for one in (_published(home, subject)) if one["rows"]]
    said["corrections"] = [asdict(one) for one in corrections(home) if one.person_id in subject.ids]
    said["received_by"] = as_json(who_saw(home, subject))
    said["purposes"] = _purposes(home, said["received_by"])
    said["retention"] = [
        {"kind": one.label, "term": one.term, "counted_from": one.counted_from}
        for one in retention_in_force(home).rules.values()
    ]
    said["answers"] = dict(law().answers)
    own = {subject.nik, family.get("no_kk")} - {None}
    masked: dict[str, Any] = _masked(said, own, own_name=person.get("name"))
    return masked


def _delivered(con: Connection, subject: DataSubject) -> list[dict[str, Any]]:
    """Give each row that an agency delivered of the person: where it stands, every cell, why it is theirs."""
    found = []
    for dataset, contract in contracts().items():
        columns = ", ".join(f"d.{one.name} AS {one.name}" for one in contract.columns)
        for row in arrow(
            con,
            f"""SELECT s.source_file, s.source_row_no, s.role, s.match_method, s.match_probability, s.match_band,
                v.period, v.received_at, v.snapshot_date, d.raw_extra, {columns}
            FROM persons.person_source AS s
            JOIN agency_extracts.source_file AS f USING (source_file)
            JOIN agency_extracts.delivery AS v ON v.delivery_id = f.delivery_id AND v.dataset = s.dataset
            JOIN {contract.table} AS d
              ON d.source_file_id = f.source_file_id AND d.source_row_no = s.source_row_no
            WHERE s.dataset = {literal(dataset)} AND v.status = 'in_force' AND s.person_id IN ({_listed(subject.ids)})
            ORDER BY v.snapshot_date DESC, 1, 2""",
        ).to_pylist():
            found.append(
                {
                    "dataset": dataset,
                    "agency": contract.sender,
                    "file": row["source_file"],
                    "row": row["source_row_no"],
                    "role": row["role"],
                    "period": row["period"],
                    "received_at": row["received_at"],
                    "why": METHODS.get(row["match_method"], row["match_method"]),
                    "probability": row["match_probability"],
                    "band": row["match_band"],
                    "cells": _cells(contract, row),
                }
            )
    return found


def _cells(contract: Contract, row: Mapping[str, Any]) -> dict[str, Any]:
    """Give every cell under its header, those that are about somebody else masked."""
    own = _own_columns().get((contract.dataset, row["role"]), frozenset())
    cells: dict[str, Any] = {}
    for column in contract.columns:
        text = row[column.name]
        if text is not None and column.name not in own and column.type in ("nik", "name"):
            text = number(text) if column.type == "nik" else initials(text)
        cells[column.header] = text
    if row["raw_extra"]:
        cells["(kolom lain)"] = row["raw_extra"]
    return cells


@cache
def _own_columns() -> dict[tuple[str, str], frozenset[str]]:
    """Give the columns of a data set that hold the number and name of whom a role names."""
    path = Path(integration.records.__file__).with_name("person_columns.yaml")
    said: list[dict[str, Any]] = read_yaml(path)
    return {
        (one["dataset"], one["role"]): frozenset(str(one[key]) for key in ("nik", "name") if key in one) for one in said
    }


def _refused(con: Connection, subject: DataSubject) -> list[dict[str, Any]]:
    """Give rows with the person's NIK that could not be used."""
    if not subject.nik:
        return []
    return _plain(
        con,
        f"""SELECT dataset, source_file AS file, source_row_no AS row, reason_code, raw FROM agency_extracts.quarantine
        WHERE contains(raw, {literal(subject.nik)}) ORDER BY ALL""",
    )


def _named_in(con: Connection, subject: DataSubject) -> dict[str, int]:
    """Count the rows about other people in which the person's NIK stands (as mother, father or spouse)."""
    if not subject.nik:
        return {}
    return dict(
        rows(
            con,
            f"""SELECT dataset, count(*) FROM clean_records.person_record
            WHERE {literal(subject.nik)} IN (mother_nik, father_nik, spouse_nik) GROUP BY 1 ORDER BY 1""",
        )
    )


def _decisions(con: Connection, subject: DataSubject) -> list[dict[str, Any]]:
    """Give what people decided of pairs of which one side is a row of the person."""
    if not table_exists(con, "matched_pairs", "decision") or not table_exists(
        con, "matched_pairs", "record_description"
    ):
        return []
    return _plain(
        con,
        f"""WITH own AS (
            SELECT DISTINCT description_id FROM persons.person_source
            JOIN clean_records.person_record USING (dataset, source_file, source_row_no, role)
            JOIN matched_pairs.record_description AS d ON d.record_id = person_record.record_id
            WHERE person_id IN ({_listed(subject.ids)})
        )
        SELECT verdict, decided_at, sampled_as, reason FROM matched_pairs.decision
        WHERE description_a IN (FROM own) OR description_b IN (FROM own) ORDER BY decided_at""",
    )


def _published(home: Home, subject: DataSubject) -> list[dict[str, Any]]:
    found = []
    for one in publications(home):
        with attached(one) as con:
            kept = {}
            for name in _TABLES:
                if condition := subject.own_rows(name):
                    kept[name] = [
                        {column: value for column, value in row.items() if value not in (None, [])}
                        for row in arrow(con, f"FROM published_{name} WHERE {condition}").to_pylist()
                    ]
        found.append(
            {
                "version": one.version,
                "period": one.facts["period"],
                "rows": {name: lines for name, lines in kept.items() if lines},
            }
        )
    return found


def _purposes(home: Home, received: Mapping[str, Any]) -> list[dict[str, str]]:
    """Give purpose and legal basis of whoever could have seen the person, as the policy in force says them."""
    named = {one["unit"].partition("@")[0] for one in received["could_have_seen"]}
    return [
        {
            "recipient": one.agency,
            "role": one.role,
            "purpose": one.purpose.says,
            "legal_basis": one.legal_basis,
            "kept": f"{one.keep_days} days",
        }
        for name, one in policy_in_force(home).recipients.items()
        if name in named
    ]


def _plain(con: Connection, query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = arrow(con, query).to_pylist()
    return found


def _one(con: Connection, name: str, key: str, ids: Iterable[str | None]) -> dict[str, Any]:
    found = _rows(con, name, key, ids)
    return found[0] if found else {}


def _rows(con: Connection, name: str, key: str, ids: Iterable[str | None]) -> list[dict[str, Any]]:
    if not table_exists(con, *name.split(".")):
        return []
    return _plain(con, f"FROM {name} WHERE {key} IN ({_listed(ids)})")


def _masked(said: Any, own: set[str | None], own_name: str | None, key: str = "") -> Any:  # noqa: ANN401 - any JSON
    """Mask what is about others, wherever it stands: numbers by their form, names by their column."""
    if isinstance(said, dict):
        return {name: _masked(value, own, own_name, name) for name, value in said.items()}
    if isinstance(said, list | tuple):
        return [_masked(one, own, own_name, key) for one in said]
    if not isinstance(said, str):
        return said
    if key in _NAMES_OF_OTHERS and said != own_name:
        return initials(said)
    return _SIXTEEN.sub(lambda found: found[0] if found[0] in own else number(found[0]), said)


def _listed(texts: Iterable[str | None]) -> str:
    return ", ".join(literal(one) for one in texts if one is not None) or "NULL"
