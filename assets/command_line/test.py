"""`./padan test`: lint, types, import contract, tests."""

import subprocess
import sys
import time
from pathlib import Path

import click

_ROOT = Path(__file__).parents[2]
_STEPS = {
    "lint": ["-m", "ruff", "check", "."],
    "format": ["-m", "ruff", "format", "--check", "."],
    "types": ["-m", "mypy"],
    "import contract": ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
    "tests": ["-m", "pytest"],
}


@click.command("test", context_settings={"ignore_unknown_options": True})
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
def command(pytest_arguments: tuple[str, ...]) -> None:
    """Check everything: lint, format, types, the import contract and the tests (further arguments go to pytest)."""
    failed = []
    for name, arguments in _STEPS.items():
        started = time.monotonic()
        more = pytest_arguments if name == "tests" else ()
        click.echo(f"── {name}")
        if subprocess.run([sys.executable, *arguments, *more], cwd=_ROOT, check=False).returncode:  # noqa: S603
            failed.append(name)
        click.echo(f"   {time.monotonic() - started:.0f} s")
    if failed:
        click.echo(f"FAILED: {', '.join(failed)}")
        sys.exit(1)
    click.echo("all passed")
