"""`./padan link`: the linkage engine alone, on any table of persons and any model."""

from pathlib import Path

import click

from warehouse.errors import HomeError

_DEFAULT = "records"


class _Link(click.Group):
    """A group that takes `link MODEL RECORDS OUT` for its main command, and train, evaluate, suggest-keys beside it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the name of the main command before arguments that name none."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = [_DEFAULT, *args]
        return super().parse_args(ctx, args)


@click.group("link", cls=_Link)
def command() -> None:
    """Link or de-duplicate a table of persons: `link MODEL RECORDS.parquet OUT.parquet`.

    MODEL is a model file, or the name of one that comes with Padan (person, febrl3, febrl4, generic).
    """


_FILE = click.Path(path_type=Path)


@command.command(_DEFAULT, hidden=True)
@click.argument("model")
@click.argument("records", type=_FILE)
@click.argument("out", type=_FILE)
@click.option("--pairs", type=_FILE, help="Also write the scored pairs to this Parquet file.")
def link_records(model: str, records: Path, out: Path, pairs: Path | None) -> None:
    """Write for each record of RECORDS the entity it belongs to."""
    from integration.linkage import load_model, model_path
    from integration.linkage.link import link
    from warehouse.database import in_memory

    _exists(records)
    with in_memory() as connection:
        summary = link(connection, load_model(model_path(model)), records, out, pairs, _say)
    click.echo(
        f"{summary.records:,} records are {summary.entities:,} entities. {summary.compared:,} pairs compared, "
        f"{summary.left_out:,} left out as too common. Written: {out}{f', {pairs}' if pairs else ''}"
    )


@command.command("train")
@click.argument("model")
@click.argument("records", type=_FILE)
@click.argument("out", type=_FILE)
@click.option(
    "--truth", type=_FILE, help="Calibrate by it: Parquet with the id column and `entity`; of a home a folder."
)
def train_model(model: str, records: Path, out: Path, truth: Path | None) -> None:
    """Learn the weights of MODEL from RECORDS without truth; write the model to OUT and report.

    RECORDS is a Parquet file, or the home of a finished run for a model of person records. Its probabilities are
    calibrated by what people decided in the review of the home, or by --truth, if that helps.
    """
    from integration.linkage import model_path
    from integration.linkage.training import train

    for path in (records, *([truth] if truth else [])):
        _exists(path)
    click.echo(train(model_path(model), records, out, _say, truth))


@command.command("evaluate")
@click.argument("linked", type=_FILE)
@click.argument("truth", type=_FILE)
@click.option("--pairs", type=_FILE, help="The scored pairs of the same run: adds a reliability table.")
def evaluate_links(linked: Path, truth: Path, pairs: Path | None) -> None:
    """Score LINKED, as `link` wrote it, against TRUTH: a Parquet file with the same id column and `entity`."""
    from integration.linkage.scoring import score_links
    from warehouse.database import in_memory

    for path in (linked, truth, *([pairs] if pairs else [])):
        _exists(path)
    with in_memory() as connection:
        click.echo(score_links(connection, linked, truth, pairs))


@command.command("suggest-keys")
@click.argument("model")
@click.argument("records", type=_FILE)
def suggest(model: str, records: Path) -> None:
    """Suggest blocking keys: which of the model's fields find the likely matches of RECORDS at the least cost."""
    from integration.linkage import load_model, model_path
    from integration.linkage.link import suggest_for
    from warehouse.database import in_memory

    _exists(records)
    with in_memory() as connection:
        keys = suggest_for(connection, load_model(model_path(model)), records)
    click.echo(f"{'key':44} {'comparisons':>12} {'left out':>12} {'finds':>7} {'adds':>7}")
    for key in keys:
        name = f"[{', '.join(key.fields)}]"
        click.echo(f"{name:44} {key.pairs:12,} {key.left_out:12,} {key.found:7.1%} {key.added:7.1%}")


def _exists(path: Path) -> None:
    if not path.exists():
        raise HomeError(f"There is no {path}. Name a file that exists.")


def _say(text: str) -> None:
    click.echo(text, err=True)
