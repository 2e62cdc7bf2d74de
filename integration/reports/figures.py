"""The indicators of a publication, as `report_month` holds them."""

from collections.abc import Sequence
from dataclasses import dataclass

from integration.reports.snapshot import Snapshot
from integration.reports.written import words
from warehouse.database import Connection, rows


@dataclass(frozen=True)
class Figure:
    """One row of `report_month`; numbers are null where suppressed, unknown or without a source."""

    period: str
    region_level: str
    region_code: str
    region_name: str | None
    indicator_code: str
    indicator: str
    numerator: int | None
    denominator: int | None
    value: float | None
    unit: str
    coverage: float | None
    data_quality: str | None
    suppressed: bool
    source_note: str | None

    @property
    def place(self) -> str:
        """The region's name, else its code."""
        return self.region_name or self.region_code

    def told(self, number: float | None) -> float | str | None:
        """Give one of its numbers, or in words why there is none."""
        if number is not None:
            return number
        if self.suppressed:
            return words().hidden
        return {"tanpa_sumber": words().no_source, "tanpa_sasaran": words().nobody}.get(
            self.data_quality or "", words().unknown
        )

    @property
    def kind(self) -> str:
        """How its value is written (`sheet.KINDS`)."""
        return "count" if self.unit == "count" else "rate"


def figures(connection: Connection, snapshot: Snapshot, levels: Sequence[str] = ("kab", "kec", "desa")) -> list[Figure]:
    """Give the indicators of these levels, regions by code; empty where the publication has none."""
    found = rows(
        connection,
        f"""SELECT {", ".join(Figure.__dataclass_fields__)}
        FROM {snapshot.view("report_month")}
        WHERE region_level IN (SELECT unnest(?)) AND period = ?
        ORDER BY region_level = 'desa', region_level = 'kec', region_code, indicator_code""",
        [list(levels), snapshot.publication.facts["period"]],
    )
    return [Figure(*row) for row in found]
