"""Building the tables of the stage `targeting`: whom to reach, by the rules in force, and what follows from it."""

from contextlib import nullcontext
from datetime import date
from pathlib import Path
from string import Template

from integration.contracts import contracts
from integration.growth.classes import class_sql
from integration.growth.repairs import repair_measurements
from integration.growth.z_scores import compute_z_scores
from integration.persons.identifiers import Key, write_ids
from integration.privacy.tombstones import Tombstones, find_erased
from integration.rules import Rules, load_rules
from integration.targeting.rule_statements import fill_rule_statements
from integration.targeting.touched import basis, find_touched, persons_touched, remember
from warehouse.database import Connection, arrow, count, literal, rows, transaction
from warehouse.progress import Say, silent
from warehouse.tables import table
from warehouse.tables.filling import ensure, fill, replace

TARGETING = table("targeting.targeting")
JUDGED = "targeting_row"
"""The temporary table in which each target stands with every fact that a condition may name."""
_OF_FAMILIES = {
    "targeting": (JUDGED, "coalesce(family_id, person_id) IN (FROM touched)"),
    "child_growth": (
        "child_growth_row",
        """person_id NOT IN (
            SELECT person_id FROM persons.person WHERE coalesce(family_id, person_id) NOT IN (FROM touched)
        )""",
    ),
    "family_status": ("family_status_row", "family_id IN (FROM touched)"),
}
"""The tables whose rows hang on a family or person: what each is filled from, and which rows of it are touched."""
_OF_ALL = {
    "measurement_quality": "measurement_quality_row",
    "target_exit": "target_exit_row",
    "mortality_event": "mortality_event_row",
    "live_births": "live_births_row",
}
"""The tables that count over everybody, or look back, and what each is filled from."""
SOURCES = ("H1", "H2", "C1", "S1", "S2", "S3", "K1")
"""The contracts whose rows a target can rest on."""

_UNDATED = """
SELECT count(DISTINCT person_id)
FROM persons.person_source JOIN living_person USING (person_id)
WHERE dataset = 'dinkes_balita' AND birth_date IS NULL
"""
_WITHOUT_THEIR_NIK = """
UPDATE targeting_row SET
    mother_nik = CASE WHEN mother_nik NOT IN (SELECT nik FROM erased_person WHERE nik IS NOT NULL) THEN mother_nik END,
    nik_status = CASE WHEN nik IN (SELECT nik FROM erased_person) THEN 'missing' ELSE nik_status END,
    nik = CASE WHEN nik NOT IN (SELECT nik FROM erased_person WHERE nik IS NOT NULL) THEN nik END
WHERE EXISTS (FROM erased_person)
"""
_WITHOUT_THEIR_ID = """
UPDATE mortality_event_row SET mother_person_id = NULL
WHERE mother_person_id IN (SELECT person_id FROM erased_person)
"""
_FOLDER = Path(__file__).parent
_FAMILIES = (
    "families/evidence.sql",
    "families/poverty.sql",
    "families/sanitation.sql",
    "families/members.sql",
    "families/programmes.sql",
    "families/krs.sql",
    "families/status.sql",
)
_PEOPLE = ("living_people.sql", "mothers/pregnancies.sql", "mothers/health.sql")
_SUBJECTS = ("targets/subjects.sql", "families/source_rows.sql", "targets/sources.sql", "children/registration.sql")
_JUDGEMENT = ("targets/facts.sql", "targets/judged.sql")


def build_targeting(
    con: Connection,
    *,
    period: str,
    period_end: date,
    target_key: Key,
    run_id: str,
    kab_code: str | None = None,
    rules: Rules | None = None,
    erased: Tombstones | None = None,
    made_from: str | None = None,
    keep_judged: bool = False,
    say: Say = silent,
) -> int:
    """Create `targeting.targeting` and the tables that follow from it; `warehouse/tables/targeting.yaml` explains them.

    `period` is a month `YYYY-MM` and `period_end` its last day, or a week `YYYY-Www` and any day; who has died or moved
    out by then has no row. `kab_code` (dotted, `35.09`) keeps the targets of one kabupaten, None those of every
    kabupaten that delivered. `target_key` keys the target ids: the same key gives the same person the same id in every
    period. `rules` are those in force, without them the shipped ones. Rows of who was `erased` are left out before
    anything is counted, and their NIK stands in nobody else's row; gives how many rows that were. A family keeps what
    is known of it, and relatives' rows keep a name that stands in them. With `keep_judged` the temporary table `JUDGED`
    stays.

    `made_from` names all that the rows hang on besides the tables read: code, rules, keys and whatever else is given
    here. Where the tables were made from the same, only the families that rest on something else than then are judged,
    and the rows of the others stand, `run_id` and all; else, and without it, everybody is. What is known of each is the
    same either way.

    Reads the tables of the stage `persons`, `clean_records.person_record`, `family_record`, `region`, the typed rows of
    the contracts, which may be empty but must exist, and `targeting.published_target`, where the period before is
    remembered. Null means unknown throughout. `published_at` is null: publication fills it in the copy that it
    publishes. Source of the rules: contracts §6.
    """
    rules = rules or load_rules()
    script = _Script(
        con,
        {
            **rules.sql_names(),
            "period": f"'{period}'",
            "period_kind": "'week'" if "W" in period else "'month'",
            "last_vit_a_day": f"DATE '{rules.last_vit_a_day(period_end).isoformat()}'",
            "period_end": f"DATE '{period_end.isoformat()}'",
            "run_id": literal(run_id),
            "stunting_class": class_sql("stunting_status"),
            "wasting_class": class_sql("wasting_status"),
            "underweight_class": class_sql("underweight_status"),
            "kab_code": "NULL::VARCHAR" if kab_code is None else literal(kab_code),
            "mother_words": literal((_FOLDER / "mothers" / "words.csv").as_posix()),
            **_source_names(),
        },
    )
    con.execute("CREATE SCHEMA IF NOT EXISTS targeting")
    ensure(con, table("targeting.published_target"))
    find_erased(con, erased)
    script.run("macros.sql", "children/certificates.sql", "targets/before.sql")
    left_out = _leave_out(con, "tier_before", "entity_id")
    rests_on = basis(con, made_from)
    in_part = find_touched(con, rests_on)
    if in_part:
        say(f"targeting: {count(con, 'SELECT count(*) FROM touched'):,} families rest on something else than before")
    with persons_touched(con) if in_part else nullcontext():
        left_out += _judge(con, script, period_end, kab_code, target_key, say)
    with transaction(con):
        for name, (source, touched) in _OF_FAMILIES.items():
            if in_part:
                replace(con, table(f"targeting.{name}"), source, touched)
            else:
                fill(con, table(f"targeting.{name}"), source)
        remember(con, rests_on)
    say("targeting: deaths and births")
    if in_part:
        script.run(*_PEOPLE)
    if undated := count(con, _UNDATED):
        say(f"targeting: {undated:,} people whom H1 names have no birth date: whether they are balita is unknown")
    script.run("children/measurement_quality.sql", "targets/exits.sql", "deaths/deaths.sql")
    left_out += _leave_out(con, "death", "person_id")
    deaths = arrow(con, "SELECT kab_code || 'kematian' || person_id AS text FROM death")
    write_ids(con, "event_key", "M", target_key, deaths.column("text").to_pylist())
    script.run("deaths/events.sql", "deaths/live_births.sql")
    con.execute(_WITHOUT_THEIR_ID)
    fill_rule_statements(con, rules)
    for name, source in _OF_ALL.items():
        fill(con, table(f"targeting.{name}"), source)
    script.clear(keep={JUDGED} if keep_judged else set())
    for subject, number in rows(con, f"SELECT subject_type, count(*) FROM {TARGETING.full_name} GROUP BY 1 ORDER BY 1"):
        say(f"targeting: {number:,} rows {subject}")
    if left_out:
        say(f"targeting: {left_out:,} rows of people who were erased are left out")
    return left_out


def _judge(
    con: Connection, script: "_Script", period_end: date, kab_code: str | None, target_key: Key, say: Say
) -> int:
    """Create the temporary tables of `_OF_FAMILIES` of all who stand in `persons`; give how many rows were left out."""
    say(f"targeting: who is there on {period_end.isoformat()}")
    script.run(*_PEOPLE, "children/rows.sql")
    left_out = _leave_out(con, "child_row", "person_id")
    repair_measurements(con, "child_row", "child_repaired")
    compute_z_scores(con, "child_repaired", "child_measured", temporary=True)
    script.run("children/growth.sql", "children/health.sql")
    say("targeting: families")
    script.run(*_FAMILIES)
    say("targeting: who is a target, and by which sources")
    script.run(*_SUBJECTS)
    left_out += _leave_out(con, "subject", "person_id")
    say("targeting: target ids and tiers")
    if kab_code is not None:
        con.execute("DELETE FROM subject_provenance WHERE kab_code <> ?", [kab_code])
    ids = arrow(
        con,
        "SELECT kab_code || subject_type || entity_id AS text FROM subject JOIN subject_provenance USING (subject_no)",
    )
    write_ids(con, "target_key", "T", target_key, ids.column("text").to_pylist())
    script.run(*_JUDGEMENT)
    con.execute(_WITHOUT_THEIR_NIK)
    return left_out


def _source_names() -> dict[str, str]:
    """Give what a script says of the contracts in `SOURCES`: by number, and as columns that hold a reference each."""
    dataset_of = {one.code: one.dataset for one in contracts().values() if one.code in SOURCES}
    return {
        "source_codes": ", ".join(
            f"('{dataset}', '{code}', {SOURCES.index(code)})" for code, dataset in dataset_of.items()
        ),
        "ref_columns": ", ".join(
            f"any_value(source_ref) FILTER (code = '{code}') AS ref_{code}" for code in dataset_of
        ),
        "refs": ", ".join(f"ref_{code}" for code in sorted(dataset_of, key=lambda code: dataset_of[code])),
        "codes_of_refs": ", ".join(f"if(ref_{code} IS NOT NULL, '{code}', NULL)" for code in sorted(dataset_of)),
    }


def _leave_out(con: Connection, table: str, column: str) -> int:
    """Take the rows of who was erased out of a temporary table; give how many."""
    return count(con, f"DELETE FROM {table} WHERE {column} IN (SELECT person_id FROM erased_person)")


class _Script:
    """Runs the `.sql` files beside this one and forgets their temporary tables afterwards."""

    def __init__(self, con: Connection, names: dict[str, str]) -> None:
        self.con = con
        self.names = names
        self.before = self._temporary_tables()

    def run(self, *files: str) -> None:
        for file in files:
            self.con.execute(Template((_FOLDER / file).read_text(encoding="utf-8")).substitute(self.names))

    def clear(self, keep: set[str]) -> None:
        for name in self._temporary_tables() - self.before - keep:
            self.con.execute(f'DROP TABLE temp."{name}"')

    def _temporary_tables(self) -> set[str]:
        return {str(name) for (name,) in rows(self.con, "SELECT table_name FROM duckdb_tables() WHERE temporary")}
