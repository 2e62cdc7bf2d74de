"""How many targets have each gap, by kecamatan; small counts hidden as in `report_month`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from integration.indicators.suppression import Cell, hidden_cells
from integration.reports.snapshot import Snapshot
from warehouse.database import Connection, rows


@dataclass(frozen=True)
class GapRegion:
    """A kabupaten (`parent` None) or kecamatan, and how many of its targets have each gap: None where hidden."""

    code: str
    name: str | None
    parent: str | None
    counts: Mapping[str, int | None]


def gap_counts(
    connection: Connection,
    now: Snapshot,
    gaps: Sequence[str],
    hidden_elsewhere: Mapping[str, Collection[str]],
    hidden_below: int,
) -> list[GapRegion]:
    """Give each kabupaten followed by its kecamatan; nothing where the publication knows no gaps.

    `hidden_elsewhere` gives for a gap the regions in which an indicator of the same people is hidden. Targets of no
    known kecamatan are counted under `<kabupaten>.-`.
    """
    of_gaps = ",\n".join(f"count(*) FILTER (list_contains(gaps, '{gap}'))" for gap in gaps)
    found = rows(
        connection,
        f"""WITH residence AS (
            SELECT
                coalesce(kec_code[:5], kab_code) AS kab_code,
                coalesce(kec_code, kab_code || '.-') AS kec_code,
                kab_name, kec_name, gaps
            FROM {now.view("targeting")}
            WHERE gaps IS NOT NULL
        )
        SELECT
            kab_code, kec_code,
            CASE WHEN kec_code IS NULL THEN any_value(kab_name) ELSE any_value(kec_name) END,
            {of_gaps}
        FROM residence
        GROUP BY GROUPING SETS ((kab_code), (kab_code, kec_code))
        ORDER BY kab_code, kec_code NULLS FIRST""",
    )
    counted = {kec or kab: (name, kab if kec else None, counts) for kab, kec, name, *counts in found}
    hidden = {
        gap: hidden_cells(
            {code: Cell(parent, (counts[place],)) for code, (_, parent, counts) in counted.items()},
            hidden_below,
            hidden_elsewhere.get(gap, ()),
        )
        for place, gap in enumerate(gaps)
    }
    return [
        GapRegion(
            code,
            name,
            parent,
            {gap: None if code in hidden[gap] else count for gap, count in zip(gaps, counts, strict=True)},
        )
        for code, (name, parent, counts) in counted.items()
    ]
