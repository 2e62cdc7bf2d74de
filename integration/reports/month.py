"""The monthly report: one folder with workbook, page and, where a browser is found, PDF."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from integration.reports.folder import whole_folder
from integration.reports.month_page import month_page
from integration.reports.month_sheets import MonthSource, month_sheets, month_source
from integration.reports.month_words import month_words
from integration.reports.month_workbook import write_month_workbook
from integration.reports.pdf import print_pdf
from integration.reports.snapshot import before, opened, publication_of
from integration.reports.written import day, month, words
from integration.rules import rules_in_force
from warehouse.publication import Publication
from warehouse.settings import Home


@dataclass(frozen=True)
class Written:
    """What was written where; `remark` is a sentence about what could not be, else None."""

    folder: Path
    files: int
    publication: Publication
    remark: str | None = None


def write_month_report(home: Home, period: str | None = None, out: Path | None = None) -> Written:
    """Write the monthly report of a period (None: the publication in force) into `<out>/<period>`.

    `out` is `<home>/reports` unless given. Raises `NothingPublished` and `ReportNotWritten`.
    """
    publication = publication_of(home, period)
    name = f"{month_words().file}-{publication.facts['period']}"
    earlier = {f"earlier_{n}": one for n, one in enumerate(before(home, publication))}
    rules = rules_in_force(home.rules, period_end(publication))
    target = (out or home.path / "reports") / publication.facts["period"]
    with opened(now=publication, **earlier) as (connection, snapshots):
        source = month_source(connection, snapshots["now"], [snapshots[one] for one in earlier], rules)
        sheets = month_sheets(source)
        facts = _facts(source)
        page = month_page(source, sheets, facts)
    with whole_folder(target, {"kind": "month", **about(publication)}) as folder:
        write_month_workbook(folder / f"{name}.xlsx", sheets, f"{month_words().title} - {facts_line(publication)}")
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
        remark = print_pdf(folder / f"{name}.html", folder / f"{name}.pdf")
    return Written(target, 2 if remark else 3, publication, remark)


def period_end(publication: Publication) -> dt.date:
    """Give the last day of the publication's period."""
    return dt.date.fromisoformat(publication.facts["period_end"])


def about(publication: Publication) -> dict[str, str]:
    """Say in `isi.json` what the documents were made from."""
    return {"publication": publication.version, "period": publication.facts["period"]}


def facts_line(publication: Publication) -> str:
    """Give period and publication in one line, for the head of printed pages."""
    said = month_words().facts
    return f"{said['period']} {month(publication.facts['period'])}; {said['version']} {publication.version}"


def _facts(source: MonthSource) -> dict[str, str]:
    said, publication = month_words().facts, source.now.publication
    places = [one.place for one in source.figures if one.region_level == "kab"]
    return {
        said["place"]: ", ".join(dict.fromkeys(places)) or words().unknown,
        said["period"]: month(publication.facts["period"]),
        said["as_of"]: day(dt.date.fromisoformat(publication.facts.get("as_of") or publication.facts["period_end"])),
        said["version"]: publication.version,
        said["to"]: "; ".join(month_words().addressees),
    }
