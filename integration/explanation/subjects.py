"""Whom an operator asks about: a person, a description, or a row of a file."""

import re
from collections.abc import Iterable

from warehouse.database import Connection, rows, table_exists
from warehouse.errors import HomeError, PadanError

_RECORD = re.compile(r"(\w+):(.+?):(\d{1,18})(?::(self|head|wife))?")
_PERSON = re.compile(r"P[A-Z2-7]{16}")
_AS = "Wanted is a person_id, a description_id, or a row as DATASET:FILE:ROW or DATASET:FILE:ROW:ROLE."


def listed(descriptions: Iterable[int]) -> str:
    """Write description ids for an IN ( ) of SQL, which DuckDB turns into a filter on what it reads."""
    return ", ".join(map(str, sorted(descriptions))) or "NULL"


class UnknownSubject(PadanError):
    """What was asked about is not in the home, or is not one thing."""


def find_person(con: Connection, asked: str) -> tuple[str | None, list[int]]:
    """Give the person_id and the descriptions of the person asked about, by any of the three names.

    An id that merged stands for the person it became. The person_id is None where the home has no persons yet.
    Raises `UnknownSubject` when there is no such person, description or row.
    """
    if _PERSON.fullmatch(asked):
        person = _person_today(con, asked)
        found = _described(con, person)
        if not found:
            raise UnknownSubject(f"No row of this home speaks of {asked} any more. {_AS}")
        return person, found
    one = find_description(con, asked)
    found = [
        description
        for (description,) in rows(
            con,
            """SELECT description_id FROM matched_pairs.person_link
            WHERE cluster = (SELECT cluster FROM matched_pairs.person_link WHERE description_id = ?) ORDER BY 1""",
            [one],
        )
    ]
    return person_of(con, [one]).get(one), found


def find_description(con: Connection, asked: str) -> int:
    """Give the description_id that a description_id, a row or a person_id names (of a person the one that names it).

    Raises `UnknownSubject` when there is none, or when a row names several people and the role is not said.
    """
    if _PERSON.fullmatch(asked):
        found = rows(
            con,
            "SELECT DISTINCT cluster FROM matched_pairs.person_link "
            f"WHERE description_id IN ({listed(_described(con, _person_today(con, asked)))})",
        )
        if len(found) != 1:
            raise UnknownSubject(
                f"{asked} is the name of {len(found)} persons of the matching; name a row or a description."
            )
        return int(found[0][0])
    if record := _RECORD.fullmatch(asked):
        return _of_row(con, *record.groups())
    if not re.fullmatch(r"\d{1,19}", asked):
        raise UnknownSubject(f"{asked!r} was asked for. {_AS}")
    if not rows(con, "SELECT 1 FROM matched_pairs.person_link WHERE description_id = ?::HUGEINT", [asked]):
        raise UnknownSubject(
            f"The home has no description {asked}. A row whose facts have changed has another one since: name the row."
        )
    return int(asked)


def person_of(con: Connection, descriptions: Iterable[int]) -> dict[int, str]:
    """Give the person_id of each description that has one."""
    if not table_exists(con, "persons", "person_source"):
        return {}
    return dict(
        rows(
            con,
            f"""SELECT description_id, any_value(person_id)
            FROM persons.person_source JOIN ({_RECORD_OF}) USING (dataset, source_file, source_row_no, role)
            WHERE description_id IN ({listed(descriptions)}) GROUP BY description_id""",
        )
    )


# By their keys: record numbers are those of one run, and the two stages may stand at different nights.
_RECORD_OF = """SELECT description_id, dataset, source_file, source_row_no, role
FROM matched_pairs.record_description JOIN clean_records.person_record USING (record_id)"""


def _person_today(con: Connection, person: str) -> str:
    if not table_exists(con, "persons", "person_source"):
        raise HomeError("The home holds no persons yet. Run `./padan run` on it first, or name a row or a description.")
    if table_exists(con, "persons", "person_alias"):
        merged = rows(con, "SELECT person_id FROM persons.person_alias WHERE old_person_id = ?", [person])
        return str(merged[0][0]) if merged else person
    return person


def _described(con: Connection, person: str) -> list[int]:
    return [
        description
        for (description,) in rows(
            con,
            f"""SELECT DISTINCT description_id
            FROM persons.person_source JOIN ({_RECORD_OF}) USING (dataset, source_file, source_row_no, role)
            WHERE person_id = ? ORDER BY 1""",
            [person],
        )
    ]


def _of_row(con: Connection, dataset: str, file: str, row: str, role: str | None) -> int:
    found = rows(
        con,
        """SELECT source_file, role, description_id
        FROM clean_records.person_record JOIN matched_pairs.record_description USING (record_id)
        WHERE dataset = $dataset AND source_row_no = $row::HUGEINT AND role = coalesce($role, role)
          AND (source_file = $file OR ends_with(source_file, '/' || $file)) ORDER BY ALL""",
        {"dataset": dataset, "row": row, "role": role, "file": file},  # type: ignore[arg-type]
    )
    if len(found) == 1:
        return int(found[0][2])
    if not found:
        raise UnknownSubject(
            f"No row {row} of {file} is in force in {dataset}: it may have been refused, or the file replaced. "
            "Wanted are the dataset, the file's name as delivered, and the physical row, from 1."
        )
    if len({path for path, _, _ in found}) > 1:
        raise UnknownSubject(f"{len(found)} rows are called {dataset}:{file}:{row}; name the file with its path.")
    raise UnknownSubject(
        f"Row {row} of {file} names several people: add {' or '.join(':' + found_role for _, found_role, _ in found)}."
    )
