"""How children grow, who is pregnant, who died or moved: the true state that the health files report with errors."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from integration.sampling.chance import Chance, Flags, Floats, Ints
from integration.sampling.families import CHILD, GRANDCHILD, HEAD, IN_LAW, MARRIED, WIFE, YEAR, People
from integration.sampling.poverty import Welfare

WHO = Path(__file__).parents[2] / "warehouse" / "reference" / "who"
LAST_DAY = 1826
"""The last day of age with a WHO standard."""
RECUMBENT_UNTIL = 731
NONE = -1_000_000
"""A day that never was."""


@dataclass(frozen=True)
class Lms:
    """One WHO table: median and coefficients by sex (0 girls, 1 boys) and by step from `first`."""

    first: float
    step: float
    lms: Floats

    def at(self, male: Flags, x: Floats) -> tuple[Floats, Floats, Floats]:
        """Return L, M, S at `x` (days, or cm), the nearest step of the table."""
        index = np.clip(np.rint((x - self.first) / self.step), 0, self.lms.shape[1] - 1).astype(np.int64)
        found = self.lms[male.astype(np.int64), index]
        return found[:, 0], found[:, 1], found[:, 2]

    def value(self, male: Flags, x: Floats, z: Floats) -> Floats:
        """Return the measure that has z-score `z`."""
        power, median, spread = self.at(male, x)
        return np.asarray(median * np.maximum(1 + power * spread * z, 0.2) ** (1 / power))

    def z(self, male: Flags, x: Floats, measure: Floats) -> Floats:
        """Return the z-score of a measure, as a health post's form gives it (no adjustment beyond three)."""
        power, median, spread = self.at(male, x)
        return np.asarray(((np.maximum(measure, 0.1) / median) ** power - 1) / (power * spread))


@cache
def who_table(name: str) -> Lms:
    """Read `NAME.csv` of the WHO reference (columns sex, x, l, m, s)."""
    with (WHO / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    table = {sex: [(float(r["l"]), float(r["m"]), float(r["s"])) for r in rows if r["sex"] == sex] for sex in "PL"}
    xs = [float(row["x"]) for row in rows if row["sex"] == "P"]
    return Lms(first=xs[0], step=xs[1] - xs[0], lms=np.array([table["P"], table["L"]]))


@dataclass(frozen=True)
class Health:
    """One element per person; days count from 1970-01-01 and are `NONE` where nothing happened."""

    haz: Floats
    waz: Floats
    birth_weight: Floats
    birth_length: Floats
    died_on: Ints
    moved_on: Ints
    arrived_on: Ints
    pregnant: Flags
    hpht: Ints
    """First day of the last period: of the running pregnancy, or of the one that ended within the delivery's reach."""
    ended_on: Ints
    outcome: Ints
    """0 none or running, 1 live birth, 2 stillbirth, 3 miscarriage."""
    newborns: Ints
    """Children of the ended pregnancy."""
    lila: Floats
    hb: Floats
    kb_modern: Flags
    """Per family: uses modern contraception."""

    @property
    def alive(self) -> Flags:
        """Nobody dies twice: alive is who has no day of death."""
        return np.asarray(self.died_on == NONE)


def live(people: People, welfare: Welfare, as_of: int, period_start: int, months: int, seed: int) -> Health:
    """Draw growth, pregnancies, deaths and moves of the population.

    Height for age is one z-score per child that stays: poor families and families of short children are lower, so that
    a quarter of the children are stunted and the poor more often. Pregnancies fit the children: none within seven
    months after a birth, and births since `period_start` or in the last 42 days are ended pregnancies.
    """
    chance = Chance(seed, "health")
    n = len(people)
    families = len(welfare.wealth)
    wealth = welfare.wealth[people.family]
    shared = chance.rng.normal(0, 0.55, families)[people.family]
    haz = np.clip(-1.32 + 0.30 * wealth + shared + chance.rng.normal(0, 0.85, n), -5.5, 4)
    waz = np.clip(-0.35 + 0.55 * haz + chance.rng.normal(0, 0.75, n), -5.5, 4)
    birth_weight = np.clip(3.05 + 0.13 * (haz + 1.3) + chance.rng.normal(0, 0.38, n), 1.1, 5.0)
    birth_length = np.clip(48.6 + 0.7 * (haz + 1.3) + chance.rng.normal(0, 1.5, n), 36, 56)

    died_on, moved_on, arrived_on = _events(chance, people, as_of, period_start, months)
    age = people.age(as_of)
    last_birth = np.full(n, NONE)
    has_mother = np.flatnonzero(people.mother >= 0)
    np.maximum.at(last_birth, people.mother[has_mother], people.birth[has_mother])
    wife = (people.role == WIFE) | ((people.marital == MARRIED) & np.isin(people.role, (CHILD, IN_LAW, HEAD)))
    fertile = wife & ~people.male & (age > 16.5) & (age < 44) & (died_on == NONE)
    free = fertile & (as_of - last_birth > 310)
    rate = np.interp(age, [16, 20, 25, 30, 35, 40, 45], [0.10, 0.115, 0.10, 0.085, 0.055, 0.02, 0.004])
    pregnant = free & chance.flags(n, rate)
    hpht = np.where(pregnant, as_of - chance.whole(n, 24, 283), NONE)

    recent = ~people.male & ((last_birth >= period_start) | (as_of - last_birth <= 42))
    still = np.zeros(n, dtype=bool)
    still[people.mother[people.stillborn & (people.mother >= 0)]] = True
    miscarried = free & ~pregnant & chance.flags(n, 0.003)
    term = chance.whole(n, 262, 289)
    ended_on = np.where(recent, last_birth, np.where(miscarried, as_of - chance.whole(n, 1, 28), NONE))
    hpht = np.where(recent, last_birth - term, np.where(miscarried, ended_on - chance.whole(n, 50, 120), hpht))
    outcome = np.select([recent & still, recent, miscarried], [2, 1, 3], 0)
    newborns = np.zeros(n, dtype=np.int64)
    of_recent = has_mother[people.birth[has_mother] == last_birth[people.mother[has_mother]]]
    np.add.at(newborns, people.mother[of_recent], 1)

    concerned = pregnant | recent | miscarried
    lila = np.where(concerned, np.clip(25.1 + 0.7 * wealth + chance.rng.normal(0, 2.1, n), 17, 38), np.nan)
    hb = np.where(concerned, np.clip(11.4 + 0.15 * wealth + chance.rng.normal(0, 1.1, n), 6, 16), np.nan)
    return Health(
        haz, waz, birth_weight, birth_length, died_on, moved_on, arrived_on, pregnant, hpht, ended_on, outcome,
        newborns, lila, hb, kb_modern=chance.flags(families, 0.55),
    )  # fmt: skip


def _events(chance: Chance, people: People, as_of: int, period_start: int, months: int) -> tuple[Ints, Ints, Ints]:
    """Return days of death, of leaving and of coming, of the last `months` months."""
    n = len(people)
    age = people.age(as_of)
    days = as_of - period_start + 1 + 30 * (months - 1)
    yearly = np.interp(age, [0, 1, 5, 40, 60, 75, 90], [0.011, 0.002, 0.0008, 0.002, 0.012, 0.045, 0.16])
    day = as_of - chance.whole(n, 0, days - 1)
    dies = chance.flags(n, yearly * days / YEAR) & ~people.stillborn
    died_on = np.where(dies, np.maximum(day, people.birth), NONE)
    died_on = np.where(people.stillborn, people.birth, died_on)
    _ensure_deaths(chance, people, died_on, as_of, period_start)
    spare = died_on == NONE
    own_month = as_of - chance.whole(n, 0, as_of - period_start)
    moved_on = np.where(spare & (people.role != HEAD) & chance.flags(n, 0.0008), own_month, NONE)
    arrived_on = np.where(
        spare & (moved_on == NONE) & chance.flags(n, 0.0009) & (people.birth < own_month), own_month, NONE
    )
    return died_on, moved_on, arrived_on


def _ensure_deaths(chance: Chance, people: People, died_on: Ints, as_of: int, period_start: int) -> None:
    """Let a child of each kind of death and a mother after birth die in the period, where there are enough people."""
    if len(people) < 3_000:
        return
    last = np.full(len(people), NONE)
    linked = np.flatnonzero((people.mother >= 0) & ~people.stillborn)
    np.maximum.at(last, people.mother[linked], people.birth[linked])
    child = np.isin(people.role, (CHILD, GRANDCHILD)) & ~people.stillborn & (people.mother >= 0) & (died_on == NONE)
    for low, high in ((0, 6), (7, 27), (28, 364), (365, 1824)):
        latest = np.minimum(people.birth + high, as_of)
        earliest = np.maximum(people.birth + low, period_start)
        fit = np.flatnonzero(child & (latest >= earliest) & (died_on == NONE))
        for one in fit[chance.whole(min(1, len(fit)), 0, max(len(fit) - 1, 0))]:
            died_on[one] = int(chance.whole(1, int(earliest[one]), int(latest[one]))[0])
    mothers = np.flatnonzero((as_of - last <= 42) & (died_on == NONE) & (people.role == WIFE))
    for number, one in enumerate(mothers[: max(1, len(people) // 120_000)]):
        delay = (0, 5, 20)[number % 3]
        died_on[one] = min(as_of, last[one] + delay)
