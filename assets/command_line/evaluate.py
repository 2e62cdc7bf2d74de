"""`./padan evaluate`: how well a home's matching agrees with a truth folder."""

from pathlib import Path

import click

from assets.command_line.options import home_option
from warehouse.database import reader
from warehouse.settings import Home


@click.command("evaluate")
@home_option
@click.option("--truth", required=True, type=click.Path(path_type=Path), help="Folder with rows.parquet.")
def command(home: Home, truth: Path) -> None:
    """Score the links of a home: pairwise over all rows, and each dataset against the register."""
    from integration.evaluation import evaluate

    with reader(home) as connection:
        scores = evaluate(connection, truth)
    click.echo(scores.as_text())
