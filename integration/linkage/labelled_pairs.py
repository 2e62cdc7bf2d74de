"""Pairs of which it is known whether they are one person, from people or from a known truth, to calibrate by."""

from pathlib import Path

import numpy as np

from integration.evaluation import true_persons
from integration.linkage.calibration import Calibration, LabelledPairs, calibrate
from integration.linkage.comparisons import weigh
from integration.linkage.decisions import read_decisions
from integration.linkage.engine import Engine, table_of
from integration.linkage.model import Model
from integration.linkage.scoring import read_entities
from warehouse.progress import Say

NOTHING = "SELECT 0::BIGINT AS a, 0::BIGINT AS b, true AS same WHERE false"

# A pair that was asked about because a rule forbids it, or because its place was taken, says nothing of its weight.
_SAID = """
SELECT DISTINCT d.a, d.b, d.verdict = 'same' AS same
FROM decided AS d
JOIN sampled_entity AS x ON x.entity_id = d.a
JOIN sampled_entity AS y ON y.entity_id = d.b AND y.in_spine
JOIN newest_decision AS n ON n.description_a = least(d.a, d.b) AND n.description_b = greatest(d.a, d.b)
WHERE n.sampled_as = 'check' OR n.reason IN ('middling_probability', 'close_runner_up')
"""

_TRUE = """
SELECT a, b, x.person = y.person AS same
FROM asked_pair
JOIN true_entity AS x ON x.entity_id = a
JOIN true_entity AS y ON y.entity_id = b
"""


def label_by_people(engine: Engine) -> None:
    """Fill `labelled(a, b, same)` with what people decided of entities of `sampled_entity`, a to be placed on b."""
    read_decisions(engine)
    engine.sql("labelled", _SAID)


def label_home_by_truth(engine: Engine, truth: Path) -> None:
    """Fill `labelled(a, b, same)` for all of `asked_pair` from a truth folder; raises `HomeError`."""
    persons = f"SELECT entity_id, person FROM sampled_entity JOIN ({true_persons(truth)}) ON description_id = entity_id"
    engine.sql("true_entity", persons)
    engine.sql("labelled", _TRUE)


def label_records_by_truth(engine: Engine, truth: Path, id_column: str) -> None:
    """Fill `labelled(a, b, same)` for all of `asked_pair` from a file of ids and `entity`; raises `HomeError`."""
    read_entities(engine, "truth", truth, id_column)
    engine.sql(
        "true_entity", "SELECT entity_id, truth.entity AS person FROM sampled_entity JOIN truth ON id = record_id"
    )
    engine.sql("labelled", _TRUE)


def calibrate_by_labels(engine: Engine, model: Model, prior: float, family_cap: float, say: Say) -> Calibration:
    """Weigh the pairs of `asked_pair` that are `labelled`, with all their rivals, and learn from them.

    `prior` and `family_cap` are in bits; the model must not be calibrated yet.
    """
    engine.sql("labelled_record", "SELECT * FROM asked_pair WHERE a IN (SELECT a FROM labelled)")
    weigh(engine, model, "weighed_label", "labelled_record", "sampled_entity", prior, family_cap, say, everything=True)
    found = table_of(
        engine,
        """SELECT a, weight, coalesce(same, false) AS same, same IS NOT NULL AS known
        FROM weighed_label LEFT JOIN labelled USING (a, b) WHERE forbidden IS NULL ORDER BY a, b""",
    )
    record, weight, same, known = (column.to_numpy() for column in found.columns)
    # Without a spine a record may be the same as many others: its pairs do not compete.
    return calibrate(LabelledPairs(weight, record if model.spine else np.arange(len(record)), same, known))
