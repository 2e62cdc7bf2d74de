"""The weekly pack: a workbook for each kecamatan with a sheet for each village, and one for each agency."""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from integration.reports.folder import whole_folder
from integration.reports.granted import Granted, granted_to
from integration.reports.month import Written, about, period_end
from integration.reports.snapshot import Snapshot, a_week_before, opened, publication_of, published_at
from integration.reports.week_words import week_words
from integration.reports.week_workbook import ListBook, ListSheet, write_list_book
from integration.reports.worklist import (
    LISTED,
    Region,
    agency_lines,
    kecamatan,
    prepare_agency,
    prepare_worklist,
    village_lines,
)
from integration.reports.written import day, words
from integration.rules import Rules, rules_in_force
from warehouse.database import Connection, rows
from warehouse.publication import Publication
from warehouse.settings import Home
from warehouse.wall_clock import today

KECAMATAN_FOLDER, AGENCY_FOLDER = "kecamatan", "lembaga"
_TIERS = (*LISTED, "P5")


def write_weekly_pack(
    home: Home, period: str | None = None, out: Path | None = None, *, in_full: bool = False
) -> Written:
    """Write the pack of a publication (None: the one in force) into `<out>/<day of publication>`.

    `out` is `<home>/reports` unless given; with `in_full` NIK and KK are not masked. What changed is told against the
    newest publication at least seven days older. Raises `NothingPublished` and `ReportNotWritten`.
    """
    publication = publication_of(home, period)
    earlier = a_week_before(home, publication)
    rules = rules_in_force(home.rules, period_end(publication))
    target = (out or home.path / "reports") / f"{published_at(publication):%Y-%m-%d}"
    attached = {"now": publication} | ({"before": earlier} if earlier else {})
    contents = {"kind": "week", "compared_with": earlier and earlier.version, **about(publication)}
    with opened(**attached) as (connection, snapshots), whole_folder(target, contents) as folder:
        now, before = snapshots["now"], snapshots.get("before")
        granted = _granted(home)
        villages = granted[week_words().village_recipient]
        prepare_worklist(connection, now, before, rules, villages, in_full=in_full)
        pack = _Pack(connection, now, before, rules, in_full)
        regions = kecamatan(connection, now)
        files = pack.write_kecamatan(folder / KECAMATAN_FOLDER, regions, villages) if villages else 0
        files += pack.write_agencies(folder / AGENCY_FOLDER, list(regions), granted)
    without = sorted(name for name, one in granted.items() if one is None)
    remark = f"Nothing for {', '.join(without)}: the access policy grants them no targets today." if without else None
    return Written(target, files, publication, remark)


def _granted(home: Home) -> dict[str, Granted | None]:
    """Give what each recipient of a list may see today; None for who may see nothing."""
    names = [week_words().village_recipient, *(one.recipient for one in week_words().agencies.values())]
    return granted_to(home, names, today())


@dataclass(frozen=True)
class _Pack:
    """What all workbooks of a pack share."""

    connection: Connection
    now: Snapshot
    before: Snapshot | None
    rules: Rules
    in_full: bool

    def write_kecamatan(self, folder: Path, regions: Mapping[Region, Sequence[Region]], granted: Granted) -> int:
        """Write each kecamatan's workbook, those without a target too; give how many."""
        folder.mkdir()
        columns = week_words().list_columns(week_words().village, granted.columns)
        counts = self._counts_of_villages()
        for one, villages in regions.items():
            title = f"{week_words().title} {one.name}"
            lines = village_lines(self.connection, one.code, columns)
            book = ListBook(
                title=title,
                subtitle=self._subtitle(one.name),
                first_page=self._first_page(week_words().holders_kecamatan.format(place=one.name)),
                columns=columns,
                summary_head=self._summary_head(week_words().summary["place"], LISTED, changes=True),
                summary=[self._summary_row(village, counts.get((one.code, village.code))) for village in villages],
                sheets=[
                    ListSheet(village.name, f"{title} - {village.name}", partial(lines.__getitem__, village.code))
                    for village in villages
                    if village.code in lines
                ],
            )
            write_list_book(folder / f"{_file_name(one)}.xlsx", book)
        return len(regions)

    def write_agencies(self, folder: Path, regions: Iterable[Region], granted_to: Mapping[str, Granted | None]) -> int:
        """Write each agency's workbook, a sheet for each kecamatan where it has something to do; give how many."""
        folder.mkdir()
        written = 0
        for agency, shown in week_words().agencies.items():
            granted = granted_to[shown.recipient]
            if granted is None:
                continue
            columns = week_words().list_columns(shown.columns, granted.columns)
            prepare_agency(self.connection, self.now, self.rules, agency, granted)
            counts: dict[str | None, dict[str, int]] = {}
            for kec, tier, count in rows(
                self.connection, "SELECT kec_code, tier, count(*) FROM task GROUP BY ALL ORDER BY ALL"
            ):
                counts.setdefault(kec, {})[tier] = count
            name = words().agencies[agency]
            title = f"{week_words().title_agency} {name}"
            book = ListBook(
                title=title,
                subtitle=self._subtitle(name),
                first_page=self._first_page(week_words().holders_agency.format(place=name)),
                columns=columns,
                summary_head=self._summary_head(words().levels["kec"], _TIERS, changes=False),
                summary=[
                    [one.name, *(of.get(tier, 0) for tier in _TIERS), sum(of.values())]
                    for one in regions
                    for of in [counts.get(one.code, {})]
                ],
                sheets=[
                    ListSheet(
                        one.name,
                        f"{title} - {one.name}",
                        partial(agency_lines, self.connection, one.code, columns),
                    )
                    for one in regions
                    if one.code in counts
                ],
            )
            write_list_book(folder / f"{agency.lower()}.xlsx", book)
            written += 1
        return written

    def _counts_of_villages(self) -> dict[tuple[str | None, str | None], dict[str, int]]:
        """Give for each kecamatan and village with targets how many of each tier, and how many are new and gone."""
        counts: dict[tuple[str | None, str | None], dict[str, int]] = {}
        for kec, village, tier, count, new, gone in rows(
            self.connection,
            """SELECT kec_code, village_code, tier, count(*), count(*) FILTER (is_new), count(*) FILTER (is_gone)
            FROM listed GROUP BY ALL""",
        ):
            of = counts.setdefault((kec, village), {"new": 0, "gone": 0})
            of[tier] = count
            of["new"] += new
            of["gone"] += gone
        return counts

    def _summary_head(self, place: str, tiers: Sequence[str], *, changes: bool) -> list[str]:
        said = week_words().summary
        return [place, *tiers, said["total"], *([said["new"], said["left"]] if changes else [])]

    def _summary_row(self, village: Region, counts: Mapping[str, int] | None) -> list[str | int]:
        of = counts or {}
        tiers = [of.get(tier, 0) for tier in LISTED]
        changes: list[str | int] = [of.get("new", 0), of.get("gone", 0)] if self.before else ["-", "-"]
        return [village.name, *tiers, sum(tiers), *changes]

    def _subtitle(self, place: str) -> str:
        return week_words().subtitle.format(place=place, version=self.now.publication.version, as_of=self._as_of())

    def _as_of(self) -> str:
        facts = self.now.publication.facts
        return day(dt.date.fromisoformat(facts.get("as_of") or facts["period_end"]))

    def _first_page(self, holders: str) -> list[str]:
        said, publication = week_words(), self.now.publication
        published = published_at(publication).date()
        return [
            line.format(
                holders=holders,
                version=publication.version,
                published=day(published),
                as_of=self._as_of(),
                rules=", ".join(publication.facts.get("rule_versions", [])) or words().unknown,
                valid_until=day(published + dt.timedelta(days=said.valid_days)),
                keep_until=day(published + dt.timedelta(days=said.keep_days)),
                compared=self._compared(self.before.publication if self.before else None),
                numbers=said.unmasked if self.in_full else said.masked,
            )
            for line in said.first_page
        ]

    def _compared(self, earlier: Publication | None) -> str:
        if earlier is None:
            return week_words().not_compared
        return week_words().compared.format(version=earlier.version, published=day(published_at(earlier).date()))


def _file_name(region: Region) -> str:
    """Give the code and the name in letters that every file system takes."""
    plain = unicodedata.normalize("NFKD", region.name).encode("ascii", "ignore").decode().lower()
    return "-".join(part for part in (region.code, re.sub(r"[^a-z0-9]+", "-", plain).strip("-")) if part)
