"""Training a model on the records themselves, without truth: which pairs are looked at, and where the weights go."""

import datetime as dt
import re
from pathlib import Path

import numpy as np
import pyarrow as pa

from integration.linkage.blocking import find_wide, pair, write_keys
from integration.linkage.comparisons import BITS, frequencies, level_of, weigh
from integration.linkage.duckdb_engine import DuckDBEngine
from integration.linkage.engine import Engine, number, table_of
from integration.linkage.estimation import Estimate, Prior, estimate, report
from integration.linkage.labelled_pairs import (
    NOTHING,
    calibrate_by_labels,
    label_by_people,
    label_home_by_truth,
    label_records_by_truth,
)
from integration.linkage.model import Model
from integration.linkage.model_file import load_model
from integration.linkage.model_weights import with_weights
from integration.linkage.pair_evidence import Candidates, Pairs
from integration.linkage.prior import family_cap
from integration.linkage.records import read_records
from warehouse.database import in_memory, reader, table_exists
from warehouse.errors import HomeError
from warehouse.progress import Say, silent
from warehouse.settings import Home

_MOST_RECORDS = 60_000
"""Records whose pairs are learned from; drawn by their number, so that the same data give the same sample."""

_RANDOM_PAIRS = 600_000

_CALIBRATION = re.compile(r"^calibration:.*\n?", re.MULTILINE)
"""What was calibrated before were other weights."""


def train(path: Path, records: Path, out: Path, say: Say = silent, truth: Path | None = None) -> str:
    """Learn the weights of a model file from a Parquet file, or from a home of person records; give a report.

    Writes the model to `out`: its text as it was, with other weights and prior, and what it was trained on. The home
    must have been matched once (its families found are evidence). The weights are learned without labels; labels only
    calibrate them: `truth` (a Parquet file of ids and `entity`; for a home its truth folder), or without it what people
    decided of the pairs of a home. Raises `CannotTrain` where there is nothing to learn from, `DeclarationError` for a
    model that cannot be used and `HomeError` for files that cannot be.
    """
    model = load_model(path)
    if records.is_dir():
        with reader(Home(records.absolute())) as connection:
            if not table_exists(connection, "linkage_memory", "known_pair"):
                raise HomeError(f"The home {records} has not been matched yet. Run `./padan run` on it first.")
            engine = DuckDBEngine(connection)
            with engine.working():
                prior = _sample_of_home(engine, model)
                if truth:
                    label_home_by_truth(engine, truth)
                return _train(engine, path, prior, records.name, out, say)
    with in_memory() as connection:
        engine = DuckDBEngine(connection)
        with engine.working():
            read_records(engine, model, records)
            prior = _sample_of_records(engine, model)
            if truth and model.records:
                label_records_by_truth(engine, truth, model.records.id)
            return _train(engine, path, prior, records.name, out, say)


def _train(engine: Engine, path: Path, prior: Prior, records: str, out: Path, say: Say) -> str:
    """Learn from the sample that was drawn, calibrate by `labelled`, write the model and report."""
    model = load_model(path)
    people = number(engine, "SELECT count(*) FROM sampled_entity")
    cap = family_cap(model, prior.rivals if model.spine else people)
    found = _learn(engine, model, prior, cap, say)
    text = _trained(path.read_text(encoding="utf-8"), model, found, people, records)
    out.write_text(text, encoding="utf-8")
    learned = load_model(out)
    if number(engine, "SELECT count(*) FROM labelled") == 0:
        return report(found)
    calibration = calibrate_by_labels(engine, learned, found.prior.weight, cap, say)
    if calibration.calibrated != learned.calibration:
        shift, slope = calibration.calibrated
        out.write_text(f"{text}calibration: [{shift:.4f}, {slope:.4f}]\n", encoding="utf-8")
    return f"{report(found)}\n{calibration.because}"


def _learn(engine: Engine, model: Model, prior: Prior, cap: float, say: Say) -> Estimate:
    """Weigh the pairs of `asked_pair` and `random_pair` of `sampled_entity` and let EM learn from them."""
    for name in ("asked_pair", "random_pair"):
        weigh(engine, model, f"weighed_{name}", name, "sampled_entity", prior.weight, cap, say, everything=True)
    candidates = table_of(
        engine,
        f"""SELECT * FROM (
          SELECT w.*, {_identified(model)} AS identified
          FROM weighed_asked_pair AS w JOIN sampled_entity ON entity_id = a)
        WHERE forbidden IS NULL ORDER BY a, b""",
    )
    random = table_of(engine, "SELECT * FROM weighed_random_pair ORDER BY a, b")
    say(f"Learning from {len(candidates):,} pairs that share a key and {len(random):,} random ones")
    return estimate(
        model.comparisons,
        Candidates(
            _levels(model, candidates),
            _frequencies(model, candidates),
            record=candidates["a"].to_numpy() if model.spine else None,
            identified=candidates["identified"].to_numpy(),
            identifier=model.identifier,
        ),
        Pairs(_levels(model, random), _frequencies(model, random)),
        prior,
        family_cap=cap,
        of_what_agrees={"name_part_frequency"},
        kept_u={comparison.name for comparison in model.comparisons if comparison.keeps_u},
    )


def _identified(model: Model) -> str:
    """Give SQL for whether a pair agrees on the model's number, and no other record of either side's source does."""
    if model.identifier is None:
        return "false"
    agrees = f"{level_of(model, model.identifier)} = 1"
    return (
        f"{agrees} AND count(*) FILTER ({agrees}) OVER (PARTITION BY a) = 1 "
        f"AND count(*) FILTER ({agrees}) OVER (PARTITION BY b, source) = 1"
    )


def _levels(model: Model, weighed: pa.Table) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    packed = weighed["levels"].to_numpy()
    return np.stack([(packed >> (BITS * place) & 15) for place in range(len(model.comparisons))], axis=1).astype(
        np.uint8
    )


def _frequencies(model: Model, weighed: pa.Table) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    return {
        name: weighed[f"per_{name}"].cast(pa.float64()).to_numpy(zero_copy_only=False) for name in frequencies(model)
    }


def _sample_of_records(engine: Engine, model: Model) -> Prior:
    """Draw from the table `entity` of `./padan link`: fills `sampled_entity`, `asked_pair` and `random_pair`."""
    engine.sql("sampled_entity", "FROM entity")
    engine.sql("labelled", NOTHING)
    sides = ("NOT in_spine", "in_spine") if model.spine else ("true", "true")
    total, rivals = (number(engine, f"SELECT count(*) FROM entity WHERE {side}") for side in sides)
    share = max(total // _MOST_RECORDS, 1)
    engine.sql("sampled", f"SELECT entity_id FROM entity WHERE {sides[0]} AND hash(entity_id) % {share} = 0")
    write_keys(engine, model, "entity", "sample_key", model.keys)
    find_wide(engine, model, "sample_wide", f"(SELECT block FROM sample_key WHERE {sides[1]})")
    pair(
        engine, "asked",
        "(SELECT * FROM sample_key WHERE entity_id IN (SELECT entity_id FROM sampled))",
        f"(SELECT * FROM sample_key WHERE {sides[1]})", "sample_wide",
    )  # fmt: skip
    once = "" if model.spine else "WHERE a > b OR a < b AND b NOT IN (SELECT entity_id FROM sampled)"
    engine.sql("asked_pair", f"SELECT a, b, 0::UTINYINT AS companions FROM asked {once}")
    _draw_random(engine, "entity", sides[1])
    cases = number(engine, "SELECT count(*) FROM sampled")
    if model.spine:
        return Prior(model.in_spine, max(cases, 1), max(rivals, 1))
    possible = max(cases * (total - 1) - cases * (cases - 1) // 2, 1)
    return Prior(min(model.partners / max(total, 2), 0.5), possible)


def _sample_of_home(engine: Engine, model: Model) -> Prior:
    """Draw from what a home remembers of its last night, with the families found then as evidence.

    The records that people decided about are drawn in any case: too few to tilt what is learned.
    """
    current = "(SELECT e.* FROM linkage_memory.entity AS e JOIN linkage_memory.current USING (entity_id))"
    engine.sql("sampled_entity", f"FROM {current}")
    label_by_people(engine)
    total = number(engine, "SELECT count(*) FROM sampled_entity WHERE NOT in_spine")
    rivals = number(engine, "SELECT count(*) FROM sampled_entity WHERE in_spine")
    share = max(total // _MOST_RECORDS, 1)
    engine.sql(
        "sampled",
        f"""SELECT entity_id FROM sampled_entity
        WHERE NOT in_spine AND (hash(entity_id) % {share} = 0 OR entity_id IN (SELECT a FROM labelled))""",
    )
    write_keys(engine, model, "sampled_entity", "sample_key", model.keys)
    find_wide(engine, model, "sample_wide", "(SELECT block FROM sample_key WHERE in_spine)")
    pair(
        engine, "asked",
        "(SELECT * FROM sample_key WHERE entity_id IN (SELECT entity_id FROM sampled))",
        "(SELECT * FROM sample_key WHERE in_spine)", "sample_wide",
    )  # fmt: skip
    # Whom the others of the household were placed on; not the record's own place, which is what is to be learned.
    engine.sql(
        "placed_mate",
        """SELECT s.entity_id AS a, f.family, p.b
        FROM sampled AS s
        JOIN sampled_entity AS e USING (entity_id)
        JOIN sampled_entity AS mate ON mate.household = e.household AND mate.entity_id <> e.entity_id
        JOIN linkage_memory.known_pair AS p ON p.a = mate.entity_id AND p.chosen
        JOIN sampled_entity AS f ON f.entity_id = p.b AND f.in_spine""",
    )
    _draw_random(engine, "sampled_entity", "in_spine")
    for name, source in (("asked_pair", "asked"), ("random_pair", "random_pair")):
        engine.sql(
            name,
            f"""SELECT p.a, p.b, count(DISTINCT m.b)::UTINYINT AS companions
            FROM {source} AS p
            JOIN sampled_entity AS e ON e.entity_id = p.b
            LEFT JOIN placed_mate AS m ON m.a = p.a AND m.family = e.family AND m.b <> p.b
            GROUP BY p.a, p.b""",
        )
    return Prior(model.in_spine, max(number(engine, "SELECT count(*) FROM sampled"), 1), max(rivals, 1))


def _draw_random(engine: Engine, entities: str, side: str) -> None:
    """Fill `random_pair`: sampled records beside persons drawn by lot (by hash: the same ones again)."""
    sampled = max(number(engine, "SELECT count(*) FROM sampled"), 1)
    engine.sql(
        "numbered",
        f"SELECT entity_id, row_number() OVER (ORDER BY hash(entity_id)) - 1 AS place FROM {entities} WHERE {side}",
    )
    persons = max(number(engine, "SELECT count(*) FROM numbered"), 1)
    engine.sql(
        "random_pair",
        f"""SELECT DISTINCT s.entity_id AS a, n.entity_id AS b, 0::UTINYINT AS companions
        FROM sampled AS s, range({_RANDOM_PAIRS // sampled + 1}) AS turn(number)
        JOIN numbered AS n ON n.place = hash(s.entity_id, turn.number) % {persons}
        WHERE n.entity_id <> s.entity_id""",
    )


def _trained(text: str, model: Model, found: Estimate, people: int, records: str) -> str:
    """Give the text of the trained model; its last lines say what it was trained on."""
    version = f"trained-{dt.datetime.now(dt.UTC):%Y%m%d}"
    # What no pair showed at all was not learned: a sample that lives in one kecamatan says nothing of the others.
    seen = [level for level in found.levels if level.pairs and level.random_pairs]
    weights = {(level.comparison, level.level): (level.m, level.u) for level in seen}
    prior = {"in_spine": found.prior.share} if model.spine else {"partners": found.prior.share * people}
    changed = with_weights(text, version, weights, prior)
    head = _CALIBRATION.sub("", changed.split("\n# Trained without truth")[0]).rstrip()
    return f"""{head}

# Trained without truth by `./padan link train`.
trained:
  records: {records}
  pairs: {found.pairs:.0f}
  random_pairs: {found.random_pairs}
  matches: {found.matches:.0f}
  identified: {found.identified}
  iterations: {found.iterations}
  converged: {str(found.converged).lower()}
  not_learned: [{", ".join(f"{level.comparison}.{level.level}" for level in found.levels if not level.learned)}]
"""
