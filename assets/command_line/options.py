"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from warehouse.settings import Home

Command = TypeVar("Command", bound=Callable[..., object])


def home_option(command: Command) -> Command:
    """Add `--home`, which gives the command a `Home`."""
    return click.option(
        "--home",
        callback=lambda _ctx, _param, path: Home(Path(path).absolute()) if path else Home.from_environment(),
        help="Folder that holds everything that is written (PADAN_HOME, else ./data).",
    )(command)
