"""`./padan review`: doubtful pairs out for a decision, and the decisions back."""

import datetime as dt
import os
from pathlib import Path

import click

from assets.command_line.options import home_option
from warehouse.access_log import record
from warehouse.database import reader, writer
from warehouse.settings import Home


@click.group("review")
def command() -> None:
    """Let people decide doubtful pairs in a workbook."""
    os.umask(0o077)  # whatever is written here holds NIKs: its owner alone may read it


@command.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@home_option
@click.option(
    "--limit", default=500, show_default=True, type=click.IntRange(0, 100_000), help="Doubtful pairs at most."
)
@click.option(
    "--check",
    default=0,
    show_default=True,
    type=click.IntRange(0, 100_000),
    help="Automatic links drawn by lot and mixed in, to measure how many of them are right.",
)
def export(file: Path, home: Home, limit: int, check: int) -> None:
    """Write the most valuable doubtful pairs to FILE, an XLSX for a clerk to fill."""
    from integration.explanation.subjects import person_of
    from integration.review import ask, write_workbook

    with reader(home) as connection:
        questions = ask(connection, limit, check, dt.datetime.now(dt.UTC).replace(tzinfo=None))
        sides = {side for one in questions.rows for side in (one.pair.description_a, one.pair.description_b)}
        named = sorted(set(person_of(connection, sides).values()))
    if not questions.rows:
        click.echo(f"Nothing to ask: {questions.open:,} doubtful pairs are open in {home.path}. No file was written.")
        return
    record(home, "review", None, view="review_queue", rows=len(questions.rows), detail={"targets": named})
    write_workbook(file, questions)
    click.echo(
        f"{file}: {questions.doubtful:,} of {questions.open:,} open doubtful pairs, {questions.check:,} check pairs.\n"
        "It holds names, NIKs and KKs, and only you can read it: pass it on to who may see them, and to nobody else."
    )


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@home_option
@click.option("--by", required=True, metavar="NAME", help="Who answers for the decisions in the file.")
def import_(file: Path, home: Home, by: str) -> None:
    """Take the answers of a filled FILE; the next run honours them. The same file twice changes nothing."""
    from integration.review import estimate_links, import_answers, read_answers, require_matched

    answers = read_answers(file)
    with reader(home) as connection:
        require_matched(connection)
    record(home, "review", None, view="decision", rows=len(answers.given))
    with writer(home) as connection:
        summary = import_answers(connection, home, answers, by)
        estimate = estimate_links(connection)
    click.echo(summary.as_text())
    click.echo(estimate.as_text())
