"""`./padan diff`: what changed from one publication to another, in counts."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from assets.command_line.options import home_option
from warehouse.settings import Home

if TYPE_CHECKING:
    from integration.history import Comparison

_SHOWN = 20
"""Columns that are listed before the rest is told as a number."""


@click.command("diff")
@click.argument("first", required=False, metavar="[V1]")
@click.argument("second", required=False, metavar="[V2]")
@click.option("--targets", is_flag=True, help="Also list who differs, by target_id.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write a row for each target that differs (.xlsx, .csv or .parquet), for your eyes alone.",
)
@home_option
def command(first: str | None, second: str | None, targets: bool, out: Path | None, home: Home) -> None:
    """Say what changed from the publication V1 to V2: a version or its beginning, a period such as 2026-10, or a day.

    Without V2 the one in force, without V1 the one before it. Counts only, nobody's name.
    """
    from integration.history import compare, named_pair, write_rows

    with compare(home, *named_pair(home, first, second)) as found:
        _show(found)
        if targets:
            _list(home, found)
        if out is not None:
            number = write_rows(home, found, out)
            click.echo(f"\n{out}: {number:,} targets that differ, with what was said of them before and after.")


def _show(found: "Comparison") -> None:
    from integration.history.comparison import LABELS

    for word, one in (("from", found.earlier), ("to", found.later)):
        targets = one.facts["tables"].get("targeting", 0)
        click.echo(f"{word:5} {one.version}  {one.facts['period']}  {targets:,} targets")
    totals = found.totals
    click.echo(
        f"\n{totals['new']:,} targets are new, {totals['left']:,} left, {totals['changed']:,} of those who stay are "
        f"said to be otherwise, {totals['same']:,} are as they were."
    )
    if found.reasons:
        told = ", ".join(f"{reason or 'no reason told'} {number:,}" for reason, number in found.reasons)
        click.echo(f"Left: {told}.")
    if found.kecamatan:
        heads = ("new", "left", "up", "down", *(LABELS[one] for one in found.watched))
        widths = [max(6, len(head)) for head in heads]
        click.echo(f"\n{'kecamatan':31} " + "  ".join(f"{h:>{w}}" for h, w in zip(heads, widths, strict=True)))
        for code, name, *numbers in found.kecamatan:
            place = f"{code} {name or ''}" if code else "unknown"
            counts = "  ".join(f"{number:{width},}" for number, width in zip(numbers, widths, strict=True))
            click.echo(f"{place:31.31} {counts}")
        click.echo("  up, down: more or less urgent; a column counts the targets that stay with another value of it")
    if found.columns:
        click.echo(f"\n{'column':24} {'':32} {'targets':>9}")
        for column, label, number in found.columns[:_SHOWN]:
            click.echo(f"{column:24} {label:32.32} {number:9,}")
        if len(found.columns) > _SHOWN:
            click.echo(f"and {len(found.columns) - _SHOWN} more columns")
    if found.indicators:
        click.echo(f"\n{'indicator of the kabupaten':62} {'before':>12} {'after':>12}")
        for code, name, before, after in found.indicators:
            click.echo(f"{f'{code} {name}':62.62} {_number(before)} {_number(after)}")
    if found.only_in_one:
        click.echo(f"\nNot compared, for only one of the two has it: {', '.join(found.only_in_one)}.")


def _list(home: Home, found: "Comparison") -> None:
    from integration.history.row_file import differing
    from warehouse.access_log import record

    listed = differing(found)
    record(home, "export", None, view="diff", rows=len(listed), version=found.later.version,
           detail={"earlier": found.earlier.version, "shown": "terminal"})  # fmt: skip
    click.echo("")
    for target, change, reason, changed in listed:
        click.echo(f"{target}  {change:7}  {reason or ' '.join(changed)}".rstrip())


def _number(value: object) -> str:
    return f"{value:12,.2f}" if isinstance(value, float | int) else f"{'unknown':>12}"
