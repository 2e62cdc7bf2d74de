"""`./padan demo`: demo extracts, the whole job on them, and what to look at."""

import sys
from pathlib import Path

import click

from assets.command_line.night import run_night, set_environment, show
from assets.command_line.options import home_option
from assets.command_line.summary import show_intake, show_targets
from warehouse.settings import Home

FAMILIES = 1500
SEED = 35


@click.command("demo")
@home_option
def command(home: Home) -> None:
    """Write demo extracts of invented people, run the whole job on them, and show what was published."""
    from integration.sampling import write_sample

    set_environment(home)
    extracts = home.path / "demo_extracts"
    click.echo(
        f"Writing the extracts of {FAMILIES:,} invented families in real villages of Jember to {extracts}", err=True
    )
    write_sample(extracts, families=FAMILIES, seed=SEED)
    outcome = run_night(home, extracts, None)
    show_intake(home)
    show(outcome, home)
    if outcome.publication is None:
        sys.exit(1)
    show_targets(outcome.publication)
    click.echo(_WHERE_TO_LOOK.format(folder=_shown(outcome.publication.folder), home=_shown(home.path)))


def _shown(path: Path) -> str:
    """Write a path the short way when it lies below the folder the user stands in."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


_WHERE_TO_LOOK = """
Look at it:
  ./padan ui --home {home}
      the Dagster UI on this very run: assets, checks, metadata
  .venv/bin/python -c 'import duckdb; print(duckdb.read_parquet("{folder}/targeting.parquet").limit(20))'
      the published table; {folder}/padan.duckdb holds the same rows for any DuckDB from 1.0 on
  ./padan query --home {home} --as dinsos "FROM targeting_bnba LIMIT 5"
      what one agency may see, and nothing else; `./padan policy show` says who may see what
  ./padan report month --home {home}
      the monthly report (XLSX, HTML, PDF); `report week` writes the worklists by name by address
  ./padan evaluate --home {home} --truth {home}/demo_extracts/truth
      how well the matching did, against the truth that the demo's writer knows
"""
