"""What changed from one publication to another, in counts: who is new, who left and why, and what else of whom."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template

from warehouse.attached import attach_side_by_side
from warehouse.database import Connection, in_memory, literal, rows
from warehouse.errors import PadanError
from warehouse.pointer import standing_versions
from warehouse.publication import Publication, publications_in_line
from warehouse.settings import Home
from warehouse.tables import Table, table
from warehouse.yaml_file import read_yaml

TARGETING = table("targeting.targeting")
_SQL = Path(__file__).with_name("comparison.sql")
_DECLARED = Path(__file__).with_name("compared.yaml")

Counted = tuple[str | int | float | None, ...]


@dataclass(frozen=True)
class Comparison:
    """Two publications, opened side by side; everything here is counts, of nobody by name.

    `totals`: change (new, left, changed, same) and targets. `reasons`: why targets left, and how many (None: no exit of
    the time between tells). `kecamatan`: code, name, new, left, more urgent, less urgent, then one number for each of
    `watched` (targets with another value); code None where the place is unknown. `columns`: column, label, targets
    that stay with another value. `indicators`: code, name, value earlier and later, of the kabupaten, where numbers
    differ. `only_in_one`: columns and tables that one of the two does not have: they are not compared.
    """

    earlier: Publication
    later: Publication
    watched: tuple[str, ...]
    totals: Mapping[str, int]
    reasons: list[Counted]
    kecamatan: list[Counted]
    columns: list[Counted]
    indicators: list[Counted]
    only_in_one: tuple[str, ...]
    connection: Connection
    """Holds `target_comparison`, one row for each target of either, as long as the comparison is open."""


@contextmanager
def compare(home: Home, earlier: Publication, later: Publication) -> Iterator[Comparison]:
    """Compare two publications of a home; columns and tables that only one of them has are named and left out.

    Targets are followed by their id, also over a rotation of keys. Reasons come from `target_exit` of the publications
    between, so that two publications of one period have none. Raises `PadanError` for one and the same publication.
    """
    if earlier.version == later.version:
        raise PadanError(f"Both name the publication {later.version}, so nothing differs.")
    with in_memory() as con:
        missing = attach_side_by_side(con, {"earlier": earlier, "later": later})
        absent = {one for name, tables in missing.items() for one in _absent(con, name, tables)}
        compared = [one for one in _compared_columns() if f"targeting.{one}" not in absent]
        watched = tuple(one for one in _watched() if one in compared)
        newest = "earlier" if _order(home, earlier) > _order(home, later) else "later"
        con.execute(
            Template(_SQL.read_text(encoding="utf-8")).substitute(
                exits=_exits(home, earlier, later),
                aliases=f"{newest}_target_alias",
                each_changed=",\n".join(
                    f'CASE WHEN earlier."{one}" IS DISTINCT FROM later."{one}" THEN \'{one}\' END' for one in compared
                ),
                both_values=",\n".join(
                    f'earlier."{one}" AS "earlier_{one}", later."{one}" AS "later_{one}"' for one in watched
                ),
            )
        )
        found = {str(change): int(number) for change, number in rows(con, _TOTALS)}
        yield Comparison(
            earlier,
            later,
            watched,
            totals={change: found.get(change, 0) for change in ("new", "left", "changed", "same")},
            reasons=rows(con, _REASONS),
            kecamatan=rows(con, _by_kecamatan(watched)),
            columns=[(name, LABELS[str(name)], number) for name, number in rows(con, _COLUMNS)],
            indicators=_indicators(con, absent),
            only_in_one=tuple(sorted(absent)),
            connection=con,
        )


def listed_columns(watched: tuple[str, ...]) -> list[str]:
    """Give the columns of `target_comparison` that a list of targets has, in order."""
    both = [f"{when}_{one}" for one in watched for when in ("earlier", "later")]
    return ["target_id", "change", "reason", "subject_type", "kec_code", "kec_name", "changed", *both]


def _absent(con: Connection, name: str, missing: tuple[str, ...]) -> set[str]:
    """Name the tables and columns of today that an attached publication does not have."""
    columns = rows(con, "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = ?", [name])
    have = {f"{of}.{column}" for of, column in columns}
    wanted = [TARGETING, *_INDICATORS]
    expected = {f"{one.name}.{column}" for one in wanted if one.name not in missing for column in one.column_names}
    return {one.name for one in wanted if one.name in missing} | expected - have


def _exits(home: Home, earlier: Publication, later: Publication) -> str:
    """Give the query of the exits of the time between: of each period the newest publication that counts."""
    between: dict[str, Path] = {}
    until = _order(home, later)
    for one in reversed([*publications_in_line(home), later]):
        after = earlier.facts["period"] < one.facts["period"] <= later.facts["period"]
        same_kind = ("W" in one.facts["period"]) is ("W" in later.facts["period"])
        path = one.folder / "target_exit.parquet"
        if after and same_kind and _order(home, one) <= until and path.is_file():
            between[one.facts["period"]] = path
    if not between:
        return "(SELECT NULL::VARCHAR AS target_id, NULL::VARCHAR AS reason, NULL::VARCHAR AS period WHERE false)"
    files = ", ".join(map(literal, between.values()))
    return f"(SELECT target_id, reason, period FROM read_parquet([{files}], union_by_name = true))"


def _order(home: Home, publication: Publication) -> int:
    """Give the place of a publication among those that stand, the oldest first."""
    standing = standing_versions(home)
    return -standing.index(publication.version) if publication.version in standing else 0


def _indicators(con: Connection, absent: set[str]) -> list[Counted]:
    """Compare the indicators of the kabupaten: all numbers where both have them, else those with small ones hidden."""
    source = next((one.name for one in _INDICATORS if one.name not in absent), None)
    if source is None:
        return []
    return rows(
        con,
        f"""
        SELECT indicator_code, coalesce(later.indicator, earlier.indicator), earlier.value, later.value
        FROM (FROM earlier_{source} WHERE region_level = 'kab') AS earlier
        FULL JOIN (FROM later_{source} WHERE region_level = 'kab') AS later USING (region_code, indicator_code)
        WHERE (earlier.numerator, earlier.denominator, earlier.value)
          IS DISTINCT FROM (later.numerator, later.denominator, later.value)
        ORDER BY region_code, indicator_code""",
    )


def _by_kecamatan(watched: tuple[str, ...]) -> str:
    numbers = "".join(f",\n  count(*) FILTER (list_contains(changed, '{one}'))" for one in watched)
    return f"""
SELECT
  kec_code, any_value(kec_name),
  count(*) FILTER (change = 'new'), count(*) FILTER (change = 'left'),
  count(*) FILTER (earlier_tier > later_tier), count(*) FILTER (earlier_tier < later_tier){numbers}
FROM target_comparison
GROUP BY kec_code
HAVING count(*) FILTER (change IN ('new', 'left') OR list_has_any(changed, {list(watched)})) > 0
ORDER BY kec_code NULLS LAST"""


@cache
def _declared() -> dict[str, object]:
    found: dict[str, object] = read_yaml(_DECLARED)
    return found


def _watched() -> list[str]:
    found = _declared()["watched"]
    assert isinstance(found, list)  # noqa: S101 - a fault of ours
    return found


def _compared_columns() -> list[str]:
    groups = _declared()["not_compared"]
    assert isinstance(groups, dict)  # noqa: S101 - a fault of ours
    left_out = {column for group in groups.values() for column in group}
    return [one for one in TARGETING.column_names if one not in left_out]


LABELS = {one.name: one.label for one in TARGETING.columns}
_INDICATORS: tuple[Table, ...] = (table("targeting.report_month_full"), table("targeting.report_month"))
_TOTALS = "SELECT change, count(*) FROM target_comparison GROUP BY change"
_REASONS = """
SELECT reason, count(*) FROM target_comparison WHERE change = 'left' GROUP BY reason ORDER BY count(*) DESC, reason"""
_COLUMNS = """
SELECT name, count(*) FROM (SELECT unnest(changed) AS name FROM target_comparison) GROUP BY name
ORDER BY count(*) DESC, name"""
