"""The prompt of `./padan query`: statements end with a semicolon, words that begin with a dot are its own."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from warehouse.errors import PadanError
from warehouse.query.statements import is_whole

if TYPE_CHECKING:
    from warehouse.query.asking import Asker

_HELP = """A statement ends with a semicolon and may go over several lines. Ctrl-C stops it, Ctrl-D ends the session.
.tables            the tables and how many rows they have
.describe TABLE    its columns, what they mean, and how they are shown
.quit              end"""


def prompt(asker: "Asker", give: Callable[[str], None]) -> None:
    """Read statements until the end and give the answer of each; keeps no history beyond the session."""
    import readline  # noqa: F401 - makes input() a line that can be edited

    facts = asker.snapshot.facts
    click.echo(f"{asker.unit.name}, {facts['period']}: {asker.unit.recipient.purpose.says}. .help says more.", err=True)
    typed = ""
    while True:
        try:
            line = input("     ...> " if typed else f"{asker.unit.name}> ")
        except EOFError:
            click.echo(err=True)
            return
        except KeyboardInterrupt:
            click.echo(err=True)
            typed = ""
            continue
        if not typed and line.strip().startswith("."):
            if line.split()[0] in (".quit", ".exit"):
                return
            _heed(_own_word, asker, give, line.split())
        elif typed or line.strip():
            typed += line + "\n"
            if is_whole(typed):
                _heed(give, typed)
                typed = ""


def _own_word(asker: "Asker", give: Callable[[str], None], words: list[str]) -> None:
    tables: dict[str, int] = asker.snapshot.facts["tables"]
    match words:
        case [".tables"]:
            wide = max(map(len, tables))
            for name, rows in tables.items():
                click.echo(f"{name.ljust(wide)}  {rows:,}")
        case [".describe", table] if table in tables:
            give(f"SELECT column_name, type, label, shown FROM data_dictionary WHERE table_name = '{table}'")
        case [".describe", *_]:
            raise PadanError(f"Name one of the tables: {', '.join(tables)}.")
        case _:
            click.echo(_HELP)


def _heed(what: Callable[..., None], *arguments: object) -> None:
    """Do it; an error is told, and the session goes on."""
    try:
        what(*arguments)
    except PadanError as error:
        click.echo(f"padan: {error}", err=True)
