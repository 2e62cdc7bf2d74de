"""`./padan sample`: a synthetic population's extracts and truth."""

from pathlib import Path

import click


@click.command("sample")
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--families", required=True, type=click.IntRange(min=1), help="Number of families; about three people each."
)
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same bytes.")
@click.option("--kab", default="35.09", show_default=True, help="Kabupaten whose real villages they live in.")
@click.option("--period", default="2026-10", show_default=True, help="Newest month, YYYY-MM.")
@click.option("--months", default=3, show_default=True, help="Months of toddler measurements.")
@click.option(
    "--noise", default="default", show_default=True, help="Profile of integration/sampling/noise_profiles.yaml."
)
def command(out: Path, families: int, seed: int, kab: str, period: str, months: int, noise: str) -> None:
    """Write the extracts of invented families to OUT, damaged as clerks damage them, and the truth to OUT/truth."""
    from integration.sampling import write_sample

    summary = write_sample(
        out,
        families=families,
        seed=seed,
        kab_code=kab,
        period=period,
        months=months,
        noise=noise,
        progress=lambda what, done, total: click.echo(f"{what}: {done:,} of {total:,}", err=True),
    )
    click.echo(str(summary))
