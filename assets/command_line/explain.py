"""`./padan explain`: why a target is urgent, a person who they are, and two descriptions one person or two."""

import os
from pathlib import Path

import click

from assets.command_line.options import home_option
from warehouse.access_log import record
from warehouse.database import reader
from warehouse.errors import PadanError
from warehouse.settings import Home


@click.command("explain")
@click.argument("who", required=False)
@click.option("--pair", nargs=2, metavar="A B", help="Explain two descriptions instead: how their weight came about.")
@home_option
@click.option("--show-values", is_flag=True, help="Show NIKs, names and dates in full instead of masked.")
@click.option(
    "--graph",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.svg",
    help="Also draw the person's descriptions and the pairs between them (no names in it).",
)
def command(who: str | None, pair: tuple[str, str] | None, home: Home, show_values: bool, graph: Path | None) -> None:
    """Say why the row of a target, or the person, is what it is.

    WHO is a target_id, a person_id, a description_id, or DATASET:FILE:ROW[:ROLE].
    """
    from integration.explanation import cluster_graph, explain_pair, explain_person, pair_text, person_text
    from integration.explanation.target import explain_target, is_target_id
    from integration.explanation.target_text import target_text
    from integration.linkage import load_model, person_model

    if (who is None) == (pair is None):
        raise click.UsageError("Name either one person or row, or two with --pair A B.")
    if pair and graph:
        raise click.UsageError("--graph draws a person; leave --pair away and name one of the two.")
    if who and is_target_id(who):
        if graph:
            raise click.UsageError("--graph draws a person, and this is a target: name its person_id.")
        target = explain_target(home, who)
        record(home, "explain", None, subject=who, detail={"values": show_values})
        click.echo(target_text(target, in_full=show_values))
        return
    model = load_model(person_model(home))
    with reader(home) as connection:
        if pair:
            two = explain_pair(connection, model, *pair)
            named = sorted({one.person_id for one in (two.a, two.b) if one.person_id})
            record(home, "explain", None, detail={"targets": named, "values": show_values})
            click.echo(pair_text(two, model, in_full=show_values))
            return
        assert who is not None  # noqa: S101 - one of the two is given
        person = explain_person(connection, model, who)
    record(home, "explain", None, subject=person.person_id, detail={"values": show_values})
    click.echo(person_text(person, model, in_full=show_values))
    if graph:
        _write(graph, cluster_graph(person))
        click.echo(f"\n{graph} holds the graph.")


def _write(path: Path, text: str) -> None:
    os.umask(0o077)  # it says which rows are of one person
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise PadanError(f"{path} cannot be written: {error.strerror}. Name another file with --graph.") from error
