"""De-duplicate a million generic person records with Splink 5 and with Padan, in turn, and compare cost and result.

    .venv/bin/python benchmarks/generic_million.py [--records 1000000] [--rounds 2] [--peers FOLDER]

Both read the same Parquet file; Padan runs as `./padan link integration/linkage/models/generic.yaml`. CPU seconds and
peak memory are those of the whole process, reading and writing included, of Splink's with one clustering only; of the
rounds the cheapest counts. Splink's line is the best of its three thresholds, which only the truth tells. Prints a
Markdown table and the ratios.
"""

import argparse
import json
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from generic_population import write_population  # noqa: E402
from pairwise import pairwise  # noqa: E402
from peer_environment import peer_python  # noqa: E402
from resource_use import Use, run_measured  # noqa: E402

from integration.evaluation import Score  # noqa: E402
from warehouse.database import literal  # noqa: E402

_MODEL = ROOT / "integration" / "linkage" / "models" / "generic.yaml"


@dataclass(frozen=True)
class Result:
    """What one program made of the records, at what cost, comparing how many pairs."""

    name: str
    score: Score
    use: Use
    pairs: int


def main() -> None:
    """Write the population, run both in turn, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--peers", type=Path, help="folder of the peers' environment")
    parser.add_argument("--only-splink", action="store_true")
    asked = parser.parse_args()
    peer = peer_python(asked.peers)
    rounds: list[list[Result]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_population(folder / "records.parquet", folder / "truth.parquet", asked.records, asked.seed)
        for _ in range(asked.rounds):
            rounds.append([*splink(peer, folder), *([] if asked.only_splink else [padan(folder)])])
    results = [min(same, key=lambda result: result.use.cpu_seconds) for same in zip(*rounds, strict=True)]
    print("| | precision | recall | F1 | CPU s | peak MB | pairs compared |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for result in results:
        score = " | ".join(f"{value:.4f}" for value in (result.score.precision, result.score.recall, result.score.f1))
        use = f"{result.use.cpu_seconds:.1f} | {result.use.peak_mb:,.0f}"
        print(f"| {result.name} | {score} | {use} | {result.pairs:,} |")
    if not asked.only_splink:
        best, own = max(results[:-1], key=lambda result: result.score.f1), results[-1]
        print(
            f"\nPadan to Splink: CPU {own.use.cpu_seconds / best.use.cpu_seconds:.2f}, peak memory "
            f"{own.use.peak_mb / best.use.peak_mb:.2f}, pairs {own.pairs / best.pairs:.2f}, "
            f"F1 {own.score.f1 - best.score.f1:+.4f}"
        )


def splink(peer: Path, folder: Path) -> list[Result]:
    """Run Splink's job; give a result for each of its clusterings."""
    clusters = folder / "clusters.parquet"
    job = Path(__file__).with_name("splink_generic_job.py")
    use, said = run_measured([peer, job, folder / "records.parquet", clusters])
    report = json.loads(said.splitlines()[-1])
    costs = {name: cost["cpu_seconds"] for name, cost in report["clusterings"].items()}
    return [
        Result(
            f"Splink 5, {name}",
            pairwise(clusters, folder / "truth.parquet", f"clustering = {literal(name)}"),
            Use(use.cpu_seconds - sum(costs.values()) + cost, use.peak_mb, use.wall_seconds),
            report["pairs"],
        )
        for name, cost in costs.items()
    ]


def padan(folder: Path) -> Result:
    """Run `./padan link` on the same file."""
    linked = folder / "linked.parquet"
    use, said = run_measured([ROOT / "padan", "link", _MODEL, folder / "records.parquet", linked])
    compared = re.search(r"([\d,]+) pairs compared", said)
    pairs = int(compared[1].replace(",", "")) if compared else 0
    return Result("**Padan**", pairwise(linked, folder / "truth.parquet"), use, pairs)


if __name__ == "__main__":
    main()
