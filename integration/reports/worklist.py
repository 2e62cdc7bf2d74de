"""Who is on the lists of the week, in the words in which they are printed."""

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from integration.reports.granted import Granted
from integration.reports.snapshot import Snapshot
from integration.reports.week_words import ListColumn, week_words
from integration.reports.written import words
from integration.rules import Rules
from warehouse.database import Connection, literal, rows
from warehouse.settings import REGIONS_CSV

_FOLDER = Path(__file__).parent
LISTED = ("P1", "P2", "P3", "P4")
"""Tiers of a village's list: who is only monitored (P5) is on none."""


class Line(NamedTuple):
    """What is printed of one target or family, and the tier that colours it."""

    tier: str
    cells: Sequence[str | None]


@dataclass(frozen=True)
class Region:
    """A kecamatan or village; `code` is None where the residence of its targets is not known."""

    code: str | None
    name: str


def prepare_worklist(
    connection: Connection,
    now: Snapshot,
    before: Snapshot | None,
    rules: Rules,
    granted: Granted | None,
    *,
    in_full: bool,
) -> None:
    """Create the temporary table `listed`, and the SQL macros that `week.yaml` speaks of.

    `before` is the publication to compare with, or None. Without a grant nobody is listed; with `in_full` NIK and KK
    that are granted in clear are not masked.
    """
    nobody = f"(FROM {now.view('targeting')} WHERE false)"
    _run(
        connection,
        "worklist.sql",
        {
            "now": granted.targeting(connection, now, all_rows=True) if granted else nobody,
            "before": granted.targeting(connection, before, all_rows=True) if granted and before else nobody,
            "exits": granted.exits(now) if granted else now.view("target_exit"),
            "compared": str(before is not None).lower(),
            "in_full": str(in_full).lower(),
            "codes": _map(words().codes),
            "reasons": _map({**words().codes} | rules.reasons),
            "gaps": _map({gap.code: gap.sentence for gap in rules.gaps}),
            "factors": _map({factor.code: factor.sentence for factor in rules.risk_factors}),
            "yes": literal(words().yes),
            "no": literal(words().no),
            "unknown": literal(words().unknown),
            "exit_tier": literal(week_words().exit_tier),
            **{name: literal(text) for name, text in week_words().changes.items()},
        },
    )


def prepare_agency(connection: Connection, now: Snapshot, rules: Rules, agency: str, granted: Granted) -> None:
    """Create the temporary table `task`: what is this agency's to do, as it may see it. Needs `prepare_worklist`."""
    own = ", ".join(literal(gap.code) for gap in rules.gaps if gap.agency == agency)
    by_family = week_words().agencies[agency].per == "family"
    _run(
        connection,
        "agency_list.sql",
        {"now": granted.targeting(connection, now), "own_gaps": f"[{own}]", "by_family": str(by_family).lower()},
    )


def village_lines(
    connection: Connection, kec_code: str | None, columns: Sequence[ListColumn]
) -> dict[str | None, list[Line]]:
    """Give the lines of `listed` in one kecamatan (None: those of no known one) by village, who has left last."""
    order = "village_code, is_gone, tier, score DESC NULLS LAST, name, target_id"
    found = _lines(connection, "listed", kec_code, columns, order)
    return {village: [line for _, line in lines] for village, lines in groupby(found, key=itemgetter(0))}


def agency_lines(connection: Connection, kec_code: str | None, columns: Sequence[ListColumn]) -> list[Line]:
    """Give the lines of `task` in one kecamatan, village by village."""
    order = "village_name NULLS LAST, village_code, tier, score DESC NULLS LAST, name, target_id"
    return [line for _, line in _lines(connection, "task", kec_code, columns, order)]


def _lines(
    connection: Connection, source: str, kec_code: str | None, columns: Sequence[ListColumn], order: str
) -> list[tuple[str | None, Line]]:
    shown = ",\n  ".join(f"{one.shown} AS shown_{n}" for n, one in enumerate(columns))
    found = rows(
        connection,
        f"""SELECT village_code, tier,
          {shown}
        FROM {source}
        WHERE kec_code IS NOT DISTINCT FROM ?
        ORDER BY {order}""",
        [kec_code],
    )
    return [(village, Line(tier, cells)) for village, tier, *cells in found]


def kecamatan(connection: Connection, now: Snapshot) -> dict[Region, list[Region]]:
    """Give each kecamatan of the kabupaten with its villages, those without targets too.

    The reference says which there are; codes it does not know, and targets whose place is unknown, stand at the end.
    """
    found = rows(
        connection,
        f"""
        WITH reference AS (
            SELECT code, name FROM read_csv({literal(REGIONS_CSV)}, header = true, all_varchar = true)
            WHERE code[:5] IN (SELECT kab_code FROM {now.view("targeting")}) AND length(code) > 5
        ),
        known AS (
            SELECT k.code AS kec_code, k.name AS kec_name, v.code AS village_code, v.name AS village_name
            FROM reference AS k
            JOIN reference AS v ON v.code LIKE k.code || '.%'
            WHERE length(k.code) = 8
        )
        SELECT * FROM known
        UNION
        SELECT kec_code, max(kec_name), village_code, max(village_name) FROM (
            SELECT kec_code, kec_name, village_code, village_name FROM listed
            UNION ALL SELECT kec_code, kec_name, village_code, village_name FROM {now.view("targeting")}
        ) AS t
        WHERE NOT EXISTS (FROM known AS k WHERE k.village_code = t.village_code AND k.kec_code = t.kec_code)
        GROUP BY kec_code, village_code
        ORDER BY kec_code NULLS LAST, village_code NULLS LAST""",
    )
    regions: dict[Region, list[Region]] = {}
    named: dict[str | None, str] = {}
    for kec_code, kec_name, village_code, village_name in found:
        name = named.setdefault(kec_code, kec_name or kec_code or week_words().unknown_kecamatan)
        village = Region(village_code, village_name or village_code or week_words().unknown_village)
        regions.setdefault(Region(kec_code, name), []).append(village)
    return regions


def _run(connection: Connection, script: str, names: Mapping[str, str]) -> None:
    text = (_FOLDER / script).read_text(encoding="utf-8")
    connection.execute(string.Template(text).substitute(names))


def _map(said: Mapping[str, str]) -> str:
    entries = ", ".join(f"{literal(code)}: {literal(text)}" for code, text in said.items())
    return f"MAP {{{entries}}}"
