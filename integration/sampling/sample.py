"""Writing a whole sample: all datasets of all agencies, and the truth."""

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from integration.sampling.civil_files import write_mutations, write_residents
from integration.sampling.family_planning_files import write_krs
from integration.sampling.files import Delivery
from integration.sampling.maternal_files import write_deaths, write_mothers
from integration.sampling.noise import NoiseProfile
from integration.sampling.toddler_files import write_toddlers
from integration.sampling.truth import RowTruth, write_truth
from integration.sampling.welfare_files import write_dtsen, write_p3ke
from integration.sampling.world import build_world
from warehouse.errors import DeclarationError


@dataclass(frozen=True)
class SampleSummary:
    """What was written: families, people, row-and-role pairs in the truth, and data rows by dataset."""

    families: int
    people: int
    truth_rows: int
    rows: dict[str, int]


def write_sample(
    out: Path,
    *,
    families: int,
    seed: int,
    kab_code: str = "35.09",
    period: str = "2026-10",
    months: int = 3,
    noise: NoiseProfile | str = "default",
    progress: Callable[[str, int, int], None] | None = None,
) -> SampleSummary:
    """Write a synthetic population's extracts and truth into `out`; the same arguments give the same bytes.

    `period` (`YYYY-MM`) is the last month; toddlers are measured in the last `months` months, all other datasets are
    delivered for the last one. `progress` is called with (step, done, total).
    Existing files of the same name are replaced.
    Raises DeclarationError for an unknown kabupaten, noise profile or period, or no families.
    """
    if families < 1 or months < 1:
        raise DeclarationError(
            f"A sample of {families} families over {months} months was asked; wanted is at least one."
        )
    try:
        last = np.datetime64(period, "M")
    except ValueError as error:
        raise DeclarationError(f"'{period}' is no period; wanted is YYYY-MM, such as 2026-10.") from error
    profile = NoiseProfile.named(noise) if isinstance(noise, str) else noise
    tell = progress or (lambda step, done, total: None)

    steps = ["population", "C1", "C2", "S1 S2", "S3", "H1", "H2", "H3", "K1", "truth"]
    tell(steps[0], 0, len(steps))
    world = build_world(families, seed, kab_code, period, months)
    truth = RowTruth()
    deliveries: list[Delivery] = []
    step = 0

    def written(file: str) -> None:
        tell(f"{steps[step]}: {file}", step, len(steps))

    def delivery(dataset: str, month: str = period) -> Delivery:
        year, number = (int(part) for part in month.split("-"))
        snapshot = f"{month}-{calendar.monthrange(year, number)[1]:02d}"
        deliveries.append(Delivery(out, dataset, world.kabupaten.kab4, month, snapshot, tell=written))
        return deliveries[-1]

    periods = [str(last - back) for back in range(months - 1, -1, -1)]
    writers: list[Callable[[], None]] = [
        lambda: write_residents(delivery("dukcapil_penduduk"), world, profile, truth),
        lambda: write_mutations(delivery("dukcapil_mutasi"), world, profile, truth),
        lambda: write_dtsen(delivery("dtsen_keluarga"), delivery("dtsen_anggota"), world, profile, truth),
        lambda: write_p3ke(delivery("p3ke_keluarga"), world, profile, truth),
        lambda: write_toddlers({month: delivery("dinkes_balita", month) for month in periods}, world, profile, truth),
        lambda: write_mothers(delivery("dinkes_ibu_hamil"), world, profile, truth),
        lambda: write_deaths(delivery("dinkes_kematian"), world, profile, truth),
        lambda: write_krs(delivery("siga_krs"), world, profile, truth),
        lambda: write_truth(out / "truth", world, truth),
    ]
    for step, write in enumerate(writers, start=1):
        tell(steps[step], step, len(steps))
        write()
    rows: dict[str, int] = {}
    for one in deliveries:
        one.write_manifest()
        rows[one.dataset] = rows.get(one.dataset, 0) + sum(file["rows"] for file in one.files)
    tell(steps[-1], len(steps), len(steps))
    return SampleSummary(families, len(world.people), truth.count(), rows)
