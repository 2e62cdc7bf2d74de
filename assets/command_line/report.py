"""`./padan report`: the monthly report and the weekly lists, from what was published."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from assets.command_line.options import home_option
from warehouse.access_log import record
from warehouse.settings import Home

Command = TypeVar("Command", bound=Callable[..., object])


@click.group("report")
def command() -> None:
    """Write the monthly report and the weekly lists, from what was published."""


def _options(command: Command) -> Command:
    out = click.option(
        "--out",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="DIR",
        help="Where the folder of documents is put; <home>/reports unless given.",
    )
    period = click.option(
        "--period", metavar="P", help="A month such as 2026-10, or the ISO week of publication such as 2026-W48."
    )
    return home_option(period(out(command)))


@command.command("month")
@_options
def month(home: Home, period: str | None, out: Path | None) -> None:
    """Write the monthly report (XLSX, HTML, PDF): no names, small numbers hidden."""
    from integration.reports import write_month_report

    done = write_month_report(home, period, out)
    record(home, "report", None, view="month", version=done.publication.version, rows=done.files)
    click.echo(f"{done.folder}: the report of {done.publication.facts['period']}, {done.files} files.")
    if done.remark:
        click.echo(done.remark)


@command.command("week")
@_options
@click.option("--show-nik", is_flag=True, help="Write NIK and KK in full instead of masked.")
def week(home: Home, period: str | None, out: Path | None, show_nik: bool) -> None:
    """Write the weekly lists (XLSX) for each kecamatan and each agency: names, for who may hold them only."""
    from integration.reports import write_weekly_pack

    done = write_weekly_pack(home, period, out, in_full=show_nik)
    record(
        home, "report", None, view="week", version=done.publication.version, rows=done.files, detail={"nik": show_nik}
    )
    click.echo(
        f"{done.folder}: {done.files} workbooks of publication {done.publication.version}.\n"
        "They hold names and health, and only you can read them: give each to who is named on its first sheet, "
        "and to nobody else."
    )
    if done.remark:
        click.echo(done.remark)
