"""`./padan correction`: what people say is wrong, passed on to the agency that owns it."""

from pathlib import Path

import click

from assets.command_line.options import home_option
from warehouse.access_log import record
from warehouse.settings import Home

_OUTCOMES = ("done", "refused", "withdrawn")


@click.group("correction")
def command() -> None:
    """Keep what people say is wrong, and pass it on to the agency that owns the row."""


@command.command("add")
@click.argument("who")
@home_option
@click.option("--dataset", required=True, help="Of which agency's data set, such as dukcapil_penduduk.")
@click.option("--column", required=True, help="The column, by the agency's header or the contract's name.")
@click.option("--wanted", required=True, help="What it must say.")
@click.option("--reason", required=True, help="Why, and by which document.")
def add(who: str, home: Home, dataset: str, column: str, wanted: str, reason: str) -> None:
    """Keep a request of a person (PERSON_ID or TARGET_ID)."""
    from integration.privacy.corrections import ask_correction
    from integration.privacy.data_subject import data_subject

    subject = data_subject(home, who)
    asked = ask_correction(home, subject, dataset=dataset, column=column, wanted=wanted, reason=reason)
    record(home, "correction", None, view=dataset, rows=len(asked), subject=subject.name, detail={"asked": column})
    for one in asked:
        click.echo(f"{one.number}: {one.dataset} {one.file} row {one.row}, {one.column}")


@command.command("list")
@home_option
@click.option("--all", "closed_too", is_flag=True, help="Also those that are closed.")
def list_(home: Home, closed_too: bool) -> None:
    """Print the corrections that are open; what was delivered and wanted is in the export."""
    from integration.privacy.corrections import corrections

    found = [one for one in corrections(home) if closed_too or one.outcome is None]
    for one in found:
        state = one.outcome or (f"passed on {one.passed_on}" if one.passed_on else "open")
        click.echo(
            f"{one.number:5}  {one.asked_on}  {one.agency:18} {one.dataset} {one.file}:{one.row} {one.column}  {state}"
        )
    if not found:
        click.echo("None.")


@command.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@home_option
@click.option("--agency", required=True, help="civil_registration, health, social_welfare or family_planning.")
def export(file: Path, home: Home, agency: str) -> None:
    """Write the open corrections of an agency to FILE, an XLSX for that agency."""
    from integration.privacy.corrections import export_corrections

    number = export_corrections(home, agency, file)
    record(home, "correction", None, view=agency, rows=number, detail={"exported": True})
    told = "It holds NIKs and names, and only you can read it." if number else "No file was written."
    click.echo(f"{number:,} open corrections of {agency}. {told}")


@command.command("close")
@click.argument("number", type=int)
@home_option
@click.option("--outcome", required=True, type=click.Choice(_OUTCOMES), help="What became of it.")
@click.option("--answer", required=True, help="What the agency answered.")
def close(number: int, home: Home, outcome: str, answer: str) -> None:
    """Close a correction with the agency's answer."""
    from integration.privacy.corrections import OUTCOMES, close_correction

    known = next(one for one in OUTCOMES if one == outcome)
    one = close_correction(home, number, known, answer)
    record(home, "correction", None, view=one.dataset, subject=one.person_id, detail={"closed": known})
    click.echo(f"{number}: {known}.")
