"""Who the descriptions of an explanation are: what they say, which rows say it, and what people decided of them."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from integration.explanation.subjects import listed, person_of
from warehouse.database import Connection, arrow, rows


@dataclass(frozen=True)
class Described:
    """A description: what it says (a row of `matched_pairs.description`), the person it is of, and rows that say it.

    `registered` says whether that person is in the civil register; `linked_to` and `method` are those of
    `matched_pairs.person_link`; `some_rows` are the first of its `records`, as DATASET:FILE:ROW:ROLE.
    """

    id: int
    said: dict[str, Any]
    person_id: str | None
    registered: bool
    method: str
    linked_to: int | None
    records: int
    some_rows: tuple[str, ...]

    @property
    def source(self) -> str:
        """Dataset and role."""
        return f"{self.said['dataset']}:{self.said['role']}"


@dataclass(frozen=True)
class Decision:
    """What people decided of two descriptions, as the last run honoured it."""

    one: int
    other: int
    verdict: str
    decided_by: str | None
    decided_at: dt.datetime | None


def describe(con: Connection, descriptions: Collection[int]) -> dict[int, Described]:
    """Look up descriptions by their numbers."""
    persons = person_of(con, descriptions)
    found = arrow(con, _DESCRIBED.format(ids=listed(descriptions))).to_pylist()
    return {
        row["description_id"]: Described(
            id=row["description_id"],
            said=row,
            person_id=persons.get(row["description_id"]),
            registered=row.pop("registered"),
            method=row.pop("match_method"),
            linked_to=row.pop("linked_to"),
            records=row.pop("records"),
            some_rows=tuple(row.pop("some_rows")),
        )
        for row in found
    }


def decisions_of(con: Connection, descriptions: Collection[int]) -> tuple[Decision, ...]:
    """Give the decisions on these descriptions that counted in the last run, by pair."""
    return tuple(Decision(*row) for row in rows(con, _DECIDED.format(ids=listed(descriptions))))


_DESCRIBED = """
SELECT d.*, person.of_register AS registered, link.match_method, link.linked_to, said_by.records, said_by.some_rows
FROM matched_pairs.description AS d
JOIN matched_pairs.person_link AS link ON link.description_id = d.description_id
JOIN matched_pairs.description AS person ON person.description_id = link.cluster
JOIN (
  SELECT description_id, count(*) AS records,
    list(concat_ws(':', dataset, source_file, source_row_no, role) ORDER BY source_file, source_row_no)[:3] AS some_rows
  FROM matched_pairs.record_description JOIN clean_records.person_record USING (record_id)
  WHERE description_id IN ({ids})
  GROUP BY description_id
) AS said_by ON said_by.description_id = d.description_id
WHERE d.description_id IN ({ids})
"""

_DECIDED = """
SELECT x.description_id AS one, y.description_id AS other, counted.verdict, d.decided_by, d.decided_at
FROM linkage_memory.decided AS counted
JOIN linkage_memory.current AS x ON x.entity_id = counted.a
JOIN linkage_memory.current AS y ON y.entity_id = counted.b
LEFT JOIN matched_pairs.decision AS d
  ON least(d.description_a, d.description_b) = least(x.description_id, y.description_id)
  AND greatest(d.description_a, d.description_b) = greatest(x.description_id, y.description_id)
  AND d.verdict = counted.verdict
WHERE x.description_id IN ({ids}) OR y.description_id IN ({ids})
QUALIFY row_number() OVER (PARTITION BY one, other ORDER BY d.decided_at DESC, d.decided_by) = 1
ORDER BY one, other
"""
