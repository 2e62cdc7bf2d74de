"""What is true of the sample: which person each row means, who everybody is, which family is at risk."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from integration.sampling.chance import Ints
from integration.sampling.families import ROLE_NAMES, YEAR
from integration.sampling.health import NONE
from integration.sampling.text_columns import padded, texts, where
from integration.sampling.world import World, completed_months, family_risk


@dataclass
class RowTruth:
    """Gathers, file by file, the person each row and role means."""

    batches: list[pa.Table] = field(default_factory=list)

    def add(self, dataset: str, file: str, rows: Ints, role: str, people: Ints, world: World) -> None:
        """Note that the physical `rows` (from 1) of a file mean `people` in a role."""
        n = len(rows)
        named = [pa.repeat(pa.scalar(value, pa.string()), n) for value in (dataset, file)]
        family = world.people.family[people].astype(np.int64)
        columns = [*named, rows.astype(np.int64), pa.repeat(pa.scalar(role), n), people.astype(np.int64), family]
        self.batches.append(pa.table(columns, names=["dataset", "file", "row", "role", "pid", "fam"]))

    def count(self) -> int:
        """Return how many row-and-role pairs are noted."""
        return sum(batch.num_rows for batch in self.batches)


def write_truth(folder: Path, world: World, rows: RowTruth) -> None:
    """Write `rows.parquet`, `persons.parquet` and `families.parquet` into `folder`.

    `persons`: one row per person; `village_code`, `rt`, `rw` are those of the register, `home_...` where the person
    lives; `haz_true` is the height-for-age z-score; `lila` (cm) and `hb` (g/dL) are null but for pregnancies.
    """
    folder.mkdir(parents=True, exist_ok=True)
    people, places, ids, health, welfare = world.people, world.places, world.identities, world.health, world.welfare
    family = people.family.astype(np.int64)
    roles = [ROLE_NAMES.get(code, "") for code in range(12)]
    months = completed_months(people.birth, world.as_of)
    codes = world.kabupaten.village_codes
    nik = where(ids.nik == 0, "", padded(ids.nik, 16))
    days = pa.array(people.birth.astype(np.int32), pa.int32()).cast(pa.date32()).cast(pa.timestamp("us"))
    persons = {
        "fam": family,
        "role": texts(roles, people.role),
        "male": people.male,
        "age": (world.as_of - people.birth) / YEAR,
        "twin_of": people.twin_of.astype(np.int64),
        "dob": days,
        "name": world.name,
        "pid": np.arange(len(people)),
        "village": places.reg_village[family],
        "rt": places.reg_rt[family],
        "rw": places.reg_rw[family],
        "father": people.father.astype(np.int64),
        "mother": people.mother.astype(np.int64),
        "outsider": ids.outsider,
        "nik": nik,
        "kk": padded(ids.kk, 16),
        "reg_kk": padded(ids.reg_kk, 16),
        "reg_role": texts(roles, ids.reg_role),
        "home_rt": places.home_rt[family],
        "home_rw": places.home_rw[family],
        "desil": welfare.desil[family],
        "water_ok": welfare.water_ok[family],
        "latrine_ok": welfare.latrine_ok[family],
        "kb_modern": health.kb_modern[family],
        "pregnant": health.pregnant & health.alive,
        "registered": ids.registered,
        "dead": ~health.alive,
        "haz_true": health.haz,
        "village_code": texts(codes, places.reg_village[family]),
        "home_village_code": texts(codes, places.home_village[family]),
        "alive": health.alive,
        "under5": health.alive & (months < 60) & (health.moved_on == NONE),
        "lila": pa.array(health.lila, mask=np.isnan(health.lila)),
        "hb": pa.array(health.hb, mask=np.isnan(health.hb)),
    }
    pq.write_table(pa.table(persons), folder / "persons.parquet")
    risk = family_risk(world)
    families = len(risk.krs)
    head = np.searchsorted(people.family, np.arange(families))  # people are ordered by family, head first
    table = pa.table({"fam": np.arange(families), "head": head, "krs_target": risk.target, "krs": risk.krs})
    pq.write_table(table, folder / "families.parquet")
    empty = pa.schema([("dataset", pa.string()), ("file", pa.string()), ("row", pa.int64()), ("role", pa.string()),
                       ("pid", pa.int64()), ("fam", pa.int64())])  # fmt: skip
    pq.write_table(pa.concat_tables([empty.empty_table(), *rows.batches]), folder / "rows.parquet")
