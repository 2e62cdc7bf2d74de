"""`./padan query`: SQL on what an agency may see, one question or many."""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assets.command_line.options import home_option
from warehouse.errors import PadanError
from warehouse.settings import Home

if TYPE_CHECKING:
    from warehouse.query.asking import Asker

_SHOWN = 1_000
_EXPORTED = 1_000_000


@dataclass(frozen=True)
class Wanted:
    """How an answer is wanted: in which form, in which file (None for the screen), with how many rows at most."""

    form: str
    out: Path | None
    force: bool
    rows: int

    def give(self, asker: "Asker", sql: str) -> None:
        """Ask one statement and hand out its answer, which is in the log by then."""
        from warehouse.query.output import as_text, exported

        answer = asker.ask(sql, self.rows, whole=self.form != "table")
        if self.form == "table":
            text = as_text(answer.rows, shutil.get_terminal_size((160, 24)).columns)
            asker.handed_out(answer)
            click.echo(text)
            click.echo(_count(answer.rows.num_rows, self.rows if answer.more else None), err=True)
            return
        with exported(answer.rows, self.form, self.out.parent if self.out else asker.private) as export:
            asker.handed_out(answer, export.sha256)
            if self.out is None:
                export.copy_to(sys.stdout.buffer)
            else:
                export.give_name(self.out, replace=self.force)
                click.echo(f"{self.out}: {_count(answer.rows.num_rows)}, sha256 {export.sha256}. Only you can read it.")


@click.command("query")
@click.argument("sql", required=False)
@click.option("--as", "reader", required=True, metavar="AGENCY", help="Who asks: dinkes, or dinkes@35.09.27.")
@click.option(
    "--format", "form", type=click.Choice(["table", "csv", "parquet", "json"]), default="table", show_default=True
)
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Write a file that only you can read.")
@click.option("--force", is_flag=True, help="Let --out replace a file that is there.")
@click.option("--purpose", metavar="TEXT", help="What for, if not the recipient's own purpose; goes into the log.")
@click.option("--seconds", default=60, show_default=True, type=click.IntRange(1, 3600), help="Time for one query.")
@click.option(
    "--rows",
    type=click.IntRange(1, 10_000_000),
    help=f"Rows at most: a table is cut there ({_SHOWN:,}), a file refused ({_EXPORTED:,}).",
)
@click.option("--version", metavar="V", help="An older snapshot that still stands.")
@click.option(
    "--identity",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="The age key that opens an encrypted snapshot.",
)
@home_option
def command(
    sql: str | None,
    reader: str,
    form: str,
    out: Path | None,
    force: bool,
    purpose: str | None,
    seconds: int,
    rows: int | None,
    version: str | None,
    identity: Path | None,
    home: Home,
) -> None:
    """Ask an agency's own snapshot in SQL; each query goes into the access log.

    SQL is one statement that reads (SELECT, DESCRIBE, SHOW, EXPLAIN); without it, it is read from standard input, or
    asked for at a prompt. A person's NIK or name is better written there: arguments are seen by others on the machine.
    """
    from assets.command_line.query_prompt import prompt
    from warehouse.query.asking import open_snapshot
    from warehouse.query.session import Limits

    if sql is None and not sys.stdin.isatty():
        sql = sys.stdin.read()
    if form == "table" and out is not None:
        raise click.UsageError("A file is written as csv, parquet or json: add --format.")
    if form == "parquet" and out is None:
        raise click.UsageError("Parquet is no text: name a file with --out.")
    if out is not None and sql is None:
        raise click.UsageError("--out takes one statement: write it behind the options, or on standard input.")
    _check_place(out, home, force=force)
    wanted = Wanted(form, out, force, rows or (_SHOWN if form == "table" else _EXPORTED))
    with open_snapshot(
        home, reader, purpose=purpose, version=version, identity=identity, limits=Limits(seconds=seconds)
    ) as asker:
        if sql is not None:
            wanted.give(asker, sql)
        else:
            prompt(asker, lambda asked: wanted.give(asker, asked))


def _check_place(out: Path | None, home: Home, *, force: bool) -> None:
    """Raise, before anything is asked, where the file cannot stand."""
    from warehouse.query.output import not_written

    if out is None:
        return
    if out.resolve().is_relative_to(home.path.resolve()):
        raise PadanError(f"{out} lies in the home, which is Padan's own. Name a file outside with --out.")
    if out.is_dir() or not out.parent.is_dir():
        raise PadanError(f"{out} is no name of a file in a folder that is there. Name one with --out.")
    if out.exists() and not force:
        raise not_written(out, FileExistsError())


def _count(rows: int, cut_at: int | None = None) -> str:
    counted = "1 row" if rows == 1 else f"{rows:,} rows"
    return f"{counted}: cut there, the answer has more (--rows)" if cut_at else counted
