"""`./padan evaluate`: how well a home's matching agrees with a truth folder."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from assets.command_line.options import home_option
from warehouse.database import reader
from warehouse.settings import Home


@click.command("evaluate")
@home_option
@click.option("--truth", required=True, type=click.Path(path_type=Path), help="Folder with rows.parquet.")
@click.option("--json", "out", type=click.Path(path_type=Path), help="Also write it all to this file, as JSON.")
def command(home: Home, truth: Path, out: Path | None) -> None:
    """Score the links of a home: pairwise over all rows, each dataset against the register, and its probabilities."""
    from integration.evaluation import evaluate, home_reliability

    with reader(home) as connection:
        scores, reliability = evaluate(connection, truth), home_reliability(connection, truth)
    click.echo(scores.as_text())
    for name, table in reliability.items():
        click.echo(f"\nprobabilities of pairs {name}: * where the truth's interval leaves out what was predicted")
        click.echo(table.as_text())
    if out:
        tables = {name: asdict(table) for name, table in reliability.items()}
        out.write_text(json.dumps({"scores": asdict(scores), "reliability": tables}, indent=1) + "\n", encoding="utf-8")
