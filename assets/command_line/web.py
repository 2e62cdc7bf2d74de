"""`./padan web`: the web server alone, as a service runs it."""

import json
import sys
import urllib.request

import click

from assets.command_line.become_dagster import WORKSPACE, become
from assets.command_line.night import set_environment
from assets.command_line.options import home_option
from warehouse.settings import Home

_SECONDS = 10


@click.command("web")
@home_option
@click.option("--port", default=3000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Only this machine, unless you say otherwise.")
@click.option("--read-only", is_flag=True, help="Show everything, let nobody start a run or switch a schedule.")
@click.option("--check", is_flag=True, help="Ask a server that runs whether it is well; exit 0 if it is.")
def command(home: Home, port: int, host: str, read_only: bool, check: bool) -> None:
    """Serve the UI on this home, without the daemon (`./padan daemon`), which starts what it orders."""
    if check:
        sys.exit(_tell(port, host))
    set_environment(home)
    arguments = ["-w", str(WORKSPACE), "-p", str(port), "-h", host, *(["--read-only"] if read_only else [])]
    become("dagster_webserver", *arguments, "--dagster-log-level", "warning", "--code-server-log-level", "warning")


def _tell(port: int, host: str) -> int:
    """Say on the terminal whether a web server answers; give the exit code."""
    address = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}/server_info"  # noqa: S104 - asked, not bound
    try:
        with urllib.request.urlopen(address, timeout=_SECONDS) as answer:
            version = json.load(answer)["dagster_webserver_version"]
    except (OSError, ValueError, KeyError) as error:
        click.echo(f"{address} does not answer as Dagster's web server ({type(error).__name__}).", err=True)
        return 1
    click.echo(f"{address} answers: dagster-webserver {version}")
    return 0
