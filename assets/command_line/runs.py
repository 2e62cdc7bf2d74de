"""`./padan runs`: how the last runs ended."""

import datetime as dt
import json

import click

from assets.command_line.options import home_option
from warehouse.settings import Home


@click.group("runs", invoke_without_command=True)
@home_option
@click.option("--last", default=20, show_default=True, type=click.IntRange(1), help="How many runs.")
@click.pass_context
def command(context: click.Context, home: Home, last: int) -> None:
    """List the last runs: when, how they ended, for which period, how long they took, and how many checks failed."""
    if context.invoked_subcommand is not None:
        return
    from integration.run_summary import broken_off, summaries

    if off := broken_off(home):
        click.echo(f"{off.at.astimezone():%Y-%m-%d %H:%M}  broke off: {off.sentence}")
    found = summaries(home, last)
    if not found:
        click.echo(f"No run has a summary in {home.path} yet.")
        return
    click.echo(
        f"{'began':17} {'run':9} {'outcome':21} {'period':9} {'seconds':>8} {'refused':>8} {'errors':>7} warnings"
    )
    for one in found:
        run, failed = one["run"], one["checks"]["failed"]
        began = dt.datetime.fromisoformat(run["started_at"]).astimezone()
        refused = sum(dataset["refused"] for dataset in one["datasets"])
        click.echo(
            f"{began:%Y-%m-%d %H:%M}  {run['id'][:8]:9} {run['outcome']:21} {run['period'] or '-':9} "
            f"{run['seconds']:8,.0f} {refused:8,} {len(failed['error']):7,} {len(failed['warn']):8,}"
        )


@command.command("show")
@click.argument("run", required=False)
@home_option
@click.option("--json", "as_json", is_flag=True, help="All of it, as a dashboard reads it (docs/observe.md).")
def show(run: str | None, home: Home, as_json: bool) -> None:
    """Print what one run did; RUN is its id or the beginning of it, without it the last."""
    from integration.run_summary import daily_text, named_summary
    from integration.run_summary.folder import page_of

    found = named_summary(home, run)
    if as_json:
        click.echo(json.dumps(found, indent=1, ensure_ascii=False))
    else:
        subject, text = daily_text(found, str(page_of(home, found)))
        click.echo(f"{subject}\n\n{text}", nl=False)
