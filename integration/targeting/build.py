"""Building `targeting.targeting`: one row per child, mother and family to reach, by the rules of `rules.yaml`."""

from datetime import date
from pathlib import Path
from string import Template

from integration.contracts import contracts
from integration.growth.classes import class_sql
from integration.growth.z_scores import compute_z_scores
from integration.persons.identifiers import write_ids
from integration.targeting.rules import DEFAULT_RULES, load_rules
from warehouse.database import Connection, arrow, count, literal, rows
from warehouse.progress import Say, silent
from warehouse.tables import table

TARGETING = table("targeting.targeting")
SOURCES = ("H1", "H2", "C1", "S1", "S2", "S3", "K1")
"""The contracts whose rows a target can rest on."""

_UNDATED = """
SELECT count(DISTINCT person_id)
FROM persons.person_source JOIN living_person USING (person_id)
WHERE dataset = 'dinkes_balita' AND birth_date IS NULL
"""
_FOLDER = Path(__file__).parent
_FAMILIES = (
    "family_evidence.sql",
    "family_poverty.sql",
    "family_sanitation.sql",
    "family_members.sql",
    "family_krs.sql",
)
_SUBJECTS = ("subjects.sql", "family_rows.sql", "subject_sources.sql")


def build_targeting(
    con: Connection,
    *,
    period: str,
    period_end: date,
    target_key: bytes,
    run_id: str,
    kab_code: str | None = None,
    rules: Path = DEFAULT_RULES,
    say: Say = silent,
) -> None:
    """Create `targeting.targeting` for one month; `warehouse/tables/targeting.yaml` says what its columns mean.

    `period` is `YYYY-MM`, `period_end` its last day; who has died or moved out by then has no row. `kab_code` (dotted,
    `35.09`) keeps the targets of one kabupaten, None those of every kabupaten that delivered. `target_key` keys the
    target ids: the same key gives the same person the same id in every month. `rules` is a file like `rules.yaml`.

    Reads the tables of the stage `persons`, `clean_records.person_record`, `family_record`, `region`, and the typed
    rows of H1, H2, S1, S3 and K1, which may be empty but must exist. Null means unknown throughout.
    `published_at` is null: publication fills it in the copy that it publishes.

    Raises `DeclarationError` when the rules file says something impossible. Source of the rules: contracts §6.
    """
    script = _Script(
        con,
        {
            **load_rules(rules).sql_names(),
            "period": f"'{period}'",
            "period_end": f"DATE '{period_end.isoformat()}'",
            "run_id": literal(run_id),
            "stunting_class": class_sql("stunting_status"),
            "wasting_class": class_sql("wasting_status"),
            "underweight_class": class_sql("underweight_status"),
            "source_codes": ", ".join(
                f"('{one.dataset}', '{one.code}', {SOURCES.index(one.code)})"
                for one in contracts().values()
                if one.code in SOURCES
            ),
        },
    )
    say(f"targeting: who is there on {period_end.isoformat()}")
    script.run("macros.sql", "living_people.sql", "pregnancies.sql", "child_rows.sql")
    con.execute("CREATE SCHEMA IF NOT EXISTS targeting")
    if undated := count(con, _UNDATED):
        say(f"targeting: {undated:,} people whom H1 names have no birth date: whether they are balita is unknown")
    compute_z_scores(con, "child_measurement", "targeting.child_growth")
    script.run("child_health.sql")
    con.execute("DROP TABLE targeting.child_growth")
    say("targeting: families")
    script.run(*_FAMILIES)
    say("targeting: who is a target, and by which sources")
    script.run(*_SUBJECTS)
    say("targeting: target ids and tiers")
    if kab_code is not None:
        con.execute("DELETE FROM subject_provenance WHERE kab_code <> ?", [kab_code])
    ids = arrow(
        con,
        "SELECT kab_code || subject_type || entity_id AS text FROM subject JOIN subject_provenance USING (subject_no)",
    )
    write_ids(con, "target_key", "T", target_key, ids.column("text").to_pylist())
    script.run("targeting.sql")
    con.execute(TARGETING.ddl())
    con.execute(f"INSERT INTO {TARGETING.full_name} {TARGETING.select('targeting_row')}")
    script.clear()
    for subject, number in rows(con, f"SELECT subject_type, count(*) FROM {TARGETING.full_name} GROUP BY 1 ORDER BY 1"):
        say(f"targeting: {number:,} rows {subject}")


class _Script:
    """Runs the `.sql` files beside this one and forgets their temporary tables afterwards."""

    def __init__(self, con: Connection, names: dict[str, str]) -> None:
        self.con = con
        self.names = names
        self.before = self._temporary_tables()

    def run(self, *files: str) -> None:
        for file in files:
            self.con.execute(Template((_FOLDER / file).read_text(encoding="utf-8")).substitute(self.names))

    def clear(self) -> None:
        for name in self._temporary_tables() - self.before:
            self.con.execute(f'DROP TABLE temp."{name}"')

    def _temporary_tables(self) -> set[str]:
        return {str(name) for (name,) in rows(self.con, "SELECT table_name FROM duckdb_tables() WHERE temporary")}
