"""`./padan sources`: try and fetch from where the agencies' deliveries lie."""

import os
import sys
from typing import TYPE_CHECKING

import click

from assets.command_line.options import home_option
from warehouse.errors import DeclarationError, HomeError
from warehouse.settings import Home

if TYPE_CHECKING:
    from integration.sources import Source

_SAID_AT_MOST = 20


@click.group("sources")
def command() -> None:
    """Try and fetch from where the agencies' deliveries lie, as sources.yaml of the home says."""
    os.umask(0o077)  # whatever is fetched holds NIKs and health: its owner alone may read it


@command.command("check")
@click.argument("names", nargs=-1, metavar="[AGENCY/DATASET]...")
@home_option
def check(names: tuple[str, ...], home: Home) -> None:
    """Try each source (or those named) without fetching; exit 1 if anything is wrong."""
    from integration.sources import check_source

    wrong = 0
    for source in _chosen(home, names):
        checked = check_source(home, source)
        click.echo(f"{'wrong' if checked.wrong else 'good':6} {source.name:34} {checked.found or source.place.where}")
        for text in checked.wrong:
            click.echo(f"       - {text}")
        wrong += bool(checked.wrong)
    if wrong:
        sys.exit(1)


@command.command("fetch")
@click.argument("names", nargs=-1, metavar="[AGENCY/DATASET]...")
@home_option
@click.option(
    "--month",
    "months",
    multiple=True,
    type=click.DateTime(["%Y-%m"]),
    help="Month to ask for, where a source must be asked for each; may be repeated.",
)
def fetch(names: tuple[str, ...], home: Home, months: tuple[click.DateTime, ...]) -> None:
    """Fetch what is new at each source (or those named) into the inbox; exit 1 if one could not be used."""
    from integration.sources import fetch_source, inbox_held

    wrong = False
    chosen = _chosen(home, names)
    asked = [f"{month:%Y-%m}" for month in months]
    with inbox_held(home):
        for source in chosen:
            fetched = fetch_source(home, source, months=asked or None, say=lambda text: click.echo(text, err=True))
            click.echo(fetched.said)
            for text in fetched.passed_over[:_SAID_AT_MOST]:
                click.echo(f"  - passed over: {text}")
            if len(fetched.passed_over) > _SAID_AT_MOST:
                click.echo(f"  - passed over: {len(fetched.passed_over) - _SAID_AT_MOST:,} more")
            wrong = wrong or fetched.trouble is not None or bool(fetched.refused)
    if wrong:
        sys.exit(1)


def _chosen(home: Home, names: tuple[str, ...]) -> list["Source"]:
    """Give the sources that are named, or all; raises for a name that is none and for a home that has none."""
    from integration.sources import sources_of

    sources = sources_of(home)
    if not sources:
        raise HomeError(
            f"The home {home.path} has no sources.yaml. Write one as docs/sources.md shows, or name the folder of "
            "deliveries with `./padan run --extracts`."
        )
    for name in names:
        if name not in sources:
            raise DeclarationError(f"No source is called {name}; sources.yaml has {', '.join(sources)}.")
    return [sources[name] for name in names or sources]
