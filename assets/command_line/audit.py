"""`./padan audit`: who saw what, and whether the log of it is whole."""

import datetime as dt
import json
from collections.abc import Iterable

import click

from assets.command_line.options import home_option
from warehouse.access_log import Entry, actions, entries, record, verify
from warehouse.errors import PadanError
from warehouse.settings import Home

_DAY = click.DateTime(["%Y-%m-%d"])
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")


class LogNotWhole(PadanError):
    """The access log is not as it was written."""


@click.group("audit")
def command() -> None:
    """Say who saw a person or a table, from the access log."""


@command.command("verify")
@home_option
@_json
def verify_(home: Home, as_json: bool) -> None:
    """Check that no line of the access log was changed, removed, put in or cut off."""
    found = verify(home)
    lines = sum(1 for _ in entries(home))
    if as_json:
        click.echo(json.dumps({"lines": lines, "findings": [str(one) for one in found]}))
    else:
        for one in found:
            click.echo(str(one))
        if not found:
            click.echo(f"{lines:,} lines, and each is as it was written.")
    if found:
        raise LogNotWhole(
            f"{len(found):,} things speak against the access log of {home.path}. Keep it as it is, and compare it "
            "with a backup and with the heads in the publications."
        )


@command.command("show")
@home_option
@click.option("--recipient", metavar="NAME", help="Only what this recipient or unit did (dinkes, dinkes@35.09.27).")
@click.option("--view", metavar="NAME", help="Only what was read of this view or table.")
@click.option("--action", type=click.Choice(list(actions())), help="Only this action.")
@click.option("--since", type=_DAY, help="From this day on (UTC).")
@click.option("--until", type=_DAY, help="Up to this day (UTC).")
@_json
def show(
    home: Home,
    recipient: str | None,
    view: str | None,
    action: str | None,
    since: dt.datetime | None,
    until: dt.datetime | None,
    as_json: bool,
) -> None:
    """Print the lines of the access log, the oldest first."""
    from integration.privacy.who_saw import chosen

    found = chosen(
        entries(home),
        recipient=recipient,
        view=view,
        action=action,
        since=since.date() if since else None,
        until=until.date() if until else None,
    )
    _print(found, as_json=as_json)


@command.command("table")
@click.argument("view")
@home_option
@_json
def table(view: str, home: Home, as_json: bool) -> None:
    """Say who read a VIEW or table."""
    from integration.privacy.who_saw import reads_of

    _print(reads_of(home, view), as_json=as_json)


@command.command("person")
@click.argument("who")
@home_option
@_json
def person(who: str, home: Home, as_json: bool) -> None:
    """Say who saw a person (PERSON_ID or TARGET_ID), and whose snapshots held a row of them."""
    from integration.privacy.data_subject import data_subject
    from integration.privacy.who_saw import as_json as plain
    from integration.privacy.who_saw import who_saw

    subject = data_subject(home, who)
    found = who_saw(home, subject)
    record(home, "audit", None, subject=subject.name)
    if as_json:
        click.echo(json.dumps(plain(found), indent=1, ensure_ascii=False, default=str))
        return
    click.echo(f"{found.subject}: {len(found.held):,} views in snapshots held rows about this person.")
    for one in found.held:
        shown = "; ".join(f"{treatment}: {', '.join(groups)}" for treatment, groups in one.shown.items())
        click.echo(
            f"  {one.built_at[:16]}  {one.unit:24} {one.view:20} {one.rows:3} rows  {one.purpose}  {one.version}\n"
            f"      {shown}"
        )
    click.echo(f"\n{len(found.named):,} lines of the log name this person.")
    _lines(found.named)
    for unit, number in sorted(found.asked.items()):
        click.echo(f"{unit} asked such a snapshot {number:,} times more, without a line saying about whom.")
    click.echo(
        f"\n{len(found.reports):,} times the weekly lists were written from a publication that held this person."
    )
    _print(found.reports, as_json=False)
    for sentence in found.unknown:
        click.echo(f"Not known: {sentence}")


def _print(found: Iterable[Entry], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([vars(one) for one in found], indent=1, ensure_ascii=False))
        return
    found = list(found)
    _lines(found)
    if not found:
        click.echo("The access log holds no such line.")


def _lines(found: Iterable[Entry]) -> None:
    for one in found:
        told = [
            actions()[one.action].label if one.action in actions() else one.action,
            one.view,
            one.version,
            None if one.rows is None else f"{one.rows:,} rows",
            one.subject,
            one.purpose,
            json.dumps(one.detail, ensure_ascii=False)[:100] if one.detail else None,
        ]
        whose = f"{one.who} for {one.unit}" if one.unit else one.who
        click.echo(f"{one.n:7}  {one.at[:19]}  {whose:34} {'  '.join(part for part in told if part)}")
