"""Why a row of the targeting table says what it says: each column's origin and inputs, each rule's outcome."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from integration.contracts import contracts
from integration.explanation.subjects import UnknownSubject
from integration.explanation.target_columns import Origin, origins
from integration.explanation.target_home import beside, compute_targets, keep_kin
from integration.rules import Rules, load_rules, rules_in_force
from integration.rules.facts import GAP_FACTS
from integration.rules.rules import Gap, RiskFactor, Statement
from integration.targeting import JUDGED
from warehouse.database import Connection, arrow, literal, reader, rows, table_exists
from warehouse.errors import HomeError, NothingPublished
from warehouse.publication import current_publication
from warehouse.settings import Home
from warehouse.tables import table

_TARGET = re.compile(r"T[A-Z2-7]{16}")
_TARGETING = table("targeting.targeting")
_ROWS = Path(__file__).with_name("target_rows.sql")
_OF_THE_RUN = {"target_id", "rule_version", "run_id", "published_at", "prev_tier", "tier_change"}
"""Columns that another night, or a home without its key, writes otherwise."""
_WORD = re.compile(r"'[^']*'|[a-z_][a-z_0-9]*")
"""A text in quotes, or a name."""
_MOST_ROWS = 3
"""Rows of one dataset that are shown of a column: the newest."""


@dataclass(frozen=True)
class Delivered:
    """A row of an agency about the target or its family; `rests` where it is one of the row's `source_refs`."""

    dataset: str
    file: str
    row: int
    role: str
    recorded_on: object
    rests: bool
    record: dict[str, Any]
    typed: dict[str, Any]

    @property
    def source(self) -> str:
        """Code, sender, file, physical row, and the day of the delivery: the row's own day may be one of health."""
        contract = contracts()[self.dataset]
        return f"{contract.code} {contract.sender}, {self.file}:{self.row} ({self.record['snapshot_date']})"


@dataclass(frozen=True)
class Input:
    """What a row of an agency says of a column; `gives` where it is the row that the value was taken from."""

    delivered: Delivered
    values: dict[str, Any]
    gives: bool


@dataclass(frozen=True)
class ExplainedColumn:
    """A column of the row: its name, its value, how it comes about, and what was read."""

    name: str
    value: Any
    origin: Origin
    inputs: tuple[Input, ...]


@dataclass(frozen=True)
class Outcome:
    """What became of one statement of the rules: `holds` is None where it is unknown.

    `about` says whether the statement speaks of this kind of subject. `facts` are those its condition names;
    `missing` names the ones that only the home's working data would tell.
    """

    part: str
    code: str
    gives: str
    sentence: str
    source: str
    condition: str
    about: bool
    holds: bool | None
    facts: dict[str, Any]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class TargetExplanation:
    """A row of the targeting table, explained.

    `read_from` says where the row stands. `same_rules` is false where the rules that decided the row are gone and
    those in force explain it; `recomputed` is false where the home's working data do not have the target any more, so
    that rows and some facts are missing; `differing` names the columns that come out otherwise today.
    """

    row: dict[str, Any]
    read_from: str
    rules: Rules
    same_rules: bool
    recomputed: bool
    differing: tuple[str, ...]
    columns: tuple[ExplainedColumn, ...]
    outcomes: tuple[Outcome, ...]
    rests_on: tuple[Delivered, ...]


def is_target_id(asked: str) -> bool:
    """Say whether a text has the form of a target_id."""
    return _TARGET.fullmatch(asked) is not None


def explain_target(home: Home, target_id: str) -> TargetExplanation:
    """Explain the row of a target: of the working database, else of the current publication; the home is only read.

    What a condition looks at is computed anew from the rows of the target's family, by the code that made the table.
    Raises `UnknownSubject` for an id that has no row, `HomeError` for a home without targets or working data, and
    `HomeBusy` while a run writes to it.
    """
    row, read_from = _find(home, target_id)
    rules, same_rules = _rules_of(home, row)
    with beside(home) as con:
        keep_kin(con, row["family_id"], row["person_id"])
        compute_targets(con, home, rules, row["period"], row["period_end"])
        anew = _same_target(con, row)
        if anew is None:
            con.register("stored_row", pa.Table.from_pylist([row]))
            con.execute("CREATE OR REPLACE TEMP VIEW explained_row AS FROM stored_row")
        delivered = _delivered(con, row)
        return TargetExplanation(
            row=row,
            read_from=read_from,
            rules=rules,
            same_rules=same_rules,
            recomputed=anew is not None,
            differing=tuple(_differing(con, row)) if anew else (),
            columns=tuple(
                ExplainedColumn(name, row.get(name), origin, _inputs(origin, delivered, row.get(name)))
                for name, origin in origins().items()
                if name in row
            ),
            outcomes=tuple(_outcomes(con, rules, anew or row)),
            rests_on=tuple(one for one in delivered if one.rests),
        )


def _find(home: Home, target_id: str) -> tuple[dict[str, Any], str]:
    where = f"WHERE target_id = {literal(target_id)} ORDER BY period_end DESC LIMIT 1"
    looked = []
    with reader(home) as con:
        if table_exists(con, "targeting", "targeting"):
            looked.append("its working database")
            if found := arrow(con, f"FROM {_TARGETING.full_name} {where}").to_pylist():
                return found[0], "the working database"
    try:
        publication = current_publication(home)
        with duckdb.connect(str(publication.database), read_only=True) as con:
            looked.append(f"its publication {publication.version}")
            if found := arrow(con, f"FROM targeting {where}").to_pylist():
                return found[0], f"publication {publication.version}"
    except NothingPublished:
        pass
    if not looked:
        raise HomeError(f"The home {home.path} holds no targets yet. Run `./padan run --home {home.path}` first.")
    raise UnknownSubject(
        f"The home {home.path} has no target {target_id}: it is neither in {' nor in '.join(looked)}. A person is a "
        "target only while a clause can concern them, and an id of one kabupaten's home says nothing in another's."
    )


def _rules_of(home: Home, row: dict[str, Any]) -> tuple[Rules, bool]:
    """Give the rules that decided the row; where they are gone, those in force on its day, and false."""
    for rules in (load_rules(), *(load_rules(path) for path in sorted(home.rules.glob("*.yaml")))):
        if rules.rule_version == row["rule_version"]:
            return rules, True
    return rules_in_force(home.rules, row["period_end"]), False


def _same_target(con: Connection, row: dict[str, Any]) -> dict[str, Any] | None:
    who = literal(row["person_id"] or row["family_id"])
    con.execute(
        f"""CREATE OR REPLACE TEMP VIEW explained_row AS
        FROM {JUDGED} WHERE kab_code = {literal(row["kab_code"])}
        AND subject_type = {literal(row["subject_type"])} AND coalesce(person_id, family_id) = {who}"""
    )
    found = arrow(con, "FROM explained_row").to_pylist()
    return found[0] if found else None


def _differing(con: Connection, row: dict[str, Any]) -> Iterator[str]:
    """Name the columns that `explained_row` has otherwise, both in the types of the table."""
    names = [name for name in _TARGETING.column_names if name in row and name not in _OF_THE_RUN]
    [anew] = arrow(con, _TARGETING.select("explained_row")).to_pylist()
    yield from (name for name in names if row[name] != anew[name])


def _delivered(con: Connection, row: dict[str, Any]) -> list[Delivered]:
    """Give every row about the target: its own and, as they speak for the family, those of S1, S3 and K1."""
    person = row["person_id"]
    if person is None:  # a family is named by its head
        heads = rows(con, "SELECT head_person_id FROM persons.family WHERE family_id = ?", [row["family_id"]])
        person = heads[0][0] if heads else None
    con.execute(_ROWS.read_text(encoding="utf-8"), {"person": person, "family": row["family_id"]})
    refs = json.loads(row["source_refs"])
    rests = {(one["dataset"], one["source_file_id"], one["source_row_no"]) for one in refs}
    found = []
    for dataset, contract in contracts().items():
        typed = {
            (one["source_file_id"], one["source_row_no"]): one
            for one in arrow(
                con,
                f"""FROM {contract.typed_table} WHERE (source_file_id, source_row_no) IN (
                SELECT (source_file_id, source_row_no) FROM delivered_record WHERE dataset = '{dataset}')""",
            ).to_pylist()
        }
        for record in arrow(con, f"FROM delivered_record WHERE dataset = '{dataset}' ORDER BY ALL").to_pylist():
            place = (record["source_file_id"], record["source_row_no"])
            found.append(
                Delivered(
                    dataset=dataset,
                    file=Path(record["source_file"]).name,
                    row=record["source_row_no"],
                    role=record["role"],
                    recorded_on=record["recorded_on"],
                    rests=(dataset, *place) in rests,
                    record=record,
                    typed=typed.get(place, {}),
                )
            )
    return sorted(found, key=lambda one: (one.recorded_on is not None, one.recorded_on, one.row), reverse=True)


def _inputs(origin: Origin, delivered: list[Delivered], value: object) -> tuple[Input, ...]:
    """Give what the rows say, sources in their order of precedence, of each the newest that say something.

    A value that was copied is ascribed to the first row that says it; one that was concluded to none.
    """
    found: list[Input] = []
    given = value is None
    for dataset, columns in origin.reads.items():
        telling = []
        for one in delivered:
            said = one.record if origin.of_records else one.typed
            values = {name: said.get(name) for name in columns}
            asked = one.dataset == dataset and any(one.record[whose] for whose in origin.whose)
            if asked and any(told is not None for told in values.values()):
                telling.append((one, values))
        for one, values in telling[:_MOST_ROWS]:
            gives = not given and list(values.values()) == [value]
            given = given or gives
            found.append(Input(one, values, gives))
    return tuple(found)


def _outcomes(con: Connection, rules: Rules, row: dict[str, Any]) -> Iterator[Outcome]:
    """Judge every statement of the rules on `explained_row`, in the order of the file."""
    for code, when, sentence in (
        ("SASARAN", rules.krs_target, "Keluarga sasaran"),
        ("BERISIKO", rules.krs_risk, "Keluarga berisiko"),
    ):
        yield _judged(con, row, "krs", RiskFactor(code, when, sentence, origins()["krs"].source or ""), "")
    for factor in rules.risk_factors:
        yield _judged(con, row, "risk_factors", factor, "")
    for level in rules.mortality_risk:
        yield _judged(con, row, "mortality_risk", level, level.level)
    for clause in rules.tiers:
        yield _judged(con, row, "tiers", clause, clause.tier)
    for line in rules.score.lines:
        yield _judged(con, row, "score", line, f"+{line.points}")
    for gap in rules.gaps:
        yield _judged(con, row, "gaps", gap, gap.agency)


def _judged(con: Connection, row: dict[str, Any], part: str, one: Statement | RiskFactor, gives: str) -> Outcome:
    named = [word for word in dict.fromkeys(_WORD.findall(one.when)) if word in GAP_FACTS]
    missing = tuple(name for name in named if name not in row)
    condition = one.sql if isinstance(one, Statement) else one.when
    return Outcome(
        part=part,
        code=one.code,
        gives=gives,
        sentence=one.sentence,
        source=one.source,
        condition=_condition(one),
        about=not isinstance(one, Statement) or row["subject_type"] in one.subjects,
        holds=None if missing else rows(con, f"SELECT {condition} FROM explained_row")[0][0],
        facts={name: row[name] for name in named if name in row},
        missing=missing,
    )


def _condition(one: Statement | RiskFactor) -> str:
    """Give a condition as the file has it; of a gap that applies to everybody only what is missing."""
    if isinstance(one, Gap):
        return one.missing[1:-1] if one.applies == "(true)" else f"{one.applies} AND {one.missing}"
    return one.when[1:-1]
