"""The door of the command line: finds the command, turns every error into one sentence and exit 1."""

import sys

import click

from assets.unforeseen import places
from warehouse.errors import PadanError
from warehouse.structured_log import tell_error

_COMMANDS = {
    # name: module of this package; loaded only when called, for Dagster alone takes seconds to import
    "demo": "demo",
    "run": "run",
    "sources": "sources",
    "alerts": "alerts",
    "ui": "ui",
    "web": "web",
    "daemon": "daemon",
    "sample": "sample",
    "review": "review",
    "explain": "explain",
    "report": "report",
    "query": "query",
    "runs": "runs",
    "metrics": "metrics",
    "publications": "publications",
    "diff": "diff",
    "rollback": "rollback",
    "keys": "keys",
    "audit": "audit",
    "retention": "retention",
    "register": "register",
    "subject-access": "subject_access",
    "correction": "correction",
    "erase": "erase",
    "rules": "rules",
    "policy": "policy",
    "export": "export",
    "serve": "serve",
    "doctor": "doctor",
    "backup": "backup",
    "restore": "restore",
    "link": "link",
    "evaluate": "evaluate",
    "dictionary": "dictionary",
    "test": "test",
}


class _Commands(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names in the order in which a newcomer needs them."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command's module and give its command; None for a name that is none."""
        if cmd_name not in _COMMANDS:
            return None
        module = __import__(f"assets.command_line.{_COMMANDS[cmd_name]}", fromlist=["command"])
        command = module.command
        assert isinstance(command, click.Command)  # noqa: S101 - a fault of ours
        return command


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
def padan() -> None:
    """Match the people four agencies know of, and say whom to reach first."""


def main() -> None:
    """Run the command line; an error becomes a sentence on standard error and exit code 1.

    Of an unforeseen one only kind and place are told: the text of a database error may quote the row it stumbled over.
    """
    try:
        padan(prog_name="padan")
    except PadanError as error:
        tell_error(str(error))
    except Exception as error:
        told = f"An unforeseen {type(error).__name__} stopped the command at {' < '.join(places(error)[:-4:-1])}."
        tell_error(f"{told} What was published before stays in force.")
    else:
        return
    sys.exit(1)


if __name__ == "__main__":
    main()
