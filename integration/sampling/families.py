"""Who lives with whom: couples, widows, children, parents who moved in, married children who stayed."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from integration.sampling.chance import Chance, Flags, Floats, Ints

YEAR = 365.25
HEAD, WIFE, CHILD, IN_LAW, GRANDCHILD, PARENT, PARENT_IN_LAW, OTHER = 1, 3, 4, 5, 6, 7, 8, 9
"""Codes of SIAK's `STAT_HBKEL` (contract C1)."""
ROLE_NAMES = {
    HEAD: "KEPALA KELUARGA",
    WIFE: "ISTRI",
    CHILD: "ANAK",
    IN_LAW: "MENANTU",
    GRANDCHILD: "CUCU",
    PARENT: "ORANG TUA",
    PARENT_IN_LAW: "MERTUA",
    OTHER: "FAMILI LAIN",
}
SINGLE, MARRIED, DIVORCED, WIDOWED = 1, 2, 3, 4
"""Codes of SIAK's `STAT_KWN` (contract C1)."""

MAX_BIRTHS = 6
TWIN_RATE = 0.011
YOUNGEST_MOTHER, OLDEST_MOTHER = 15.5, 45.0


@dataclass(frozen=True)
class People:
    """One element per person, ordered by family and then head first; a person's number is their position.

    Days count from 1970-01-01. `father`, `mother` and `twin_of` are person numbers, -1 for nobody of the
    population.
    """

    family: NDArray[np.int32]
    role: NDArray[np.int8]
    male: Flags
    birth: NDArray[np.int32]
    father: NDArray[np.int32]
    mother: NDArray[np.int32]
    twin_of: NDArray[np.int32]
    marital: NDArray[np.int8]
    stillborn: Flags

    def __len__(self) -> int:
        return len(self.family)

    def age(self, day: int) -> Floats:
        """Return each person's age in years on a day."""
        return (day - self.birth) / YEAR


class _Roll:
    """People added group by group; the numbers given out on the way hold until the roll is put in order."""

    def __init__(self) -> None:
        self.groups: list[dict[str, Ints]] = []
        self.count = 0

    def add(self, family: Ints, role: int, male: Flags, birth: Floats, **known: Ints | Flags | int) -> Ints:
        n = len(family)
        numbers = np.arange(self.count, self.count + n)
        group = {"family": family, "male": male, "birth": np.floor(birth)}
        defaults: dict[str, Ints | Flags | int] = {
            "role": role, "father": -1, "mother": -1, "twin_of": -1, "marital": SINGLE, "stillborn": False,
        }  # fmt: skip
        for name, value in (defaults | known).items():
            group[name] = np.broadcast_to(np.asarray(value), n).copy()
        self.groups.append(group)
        self.count += n
        return numbers

    def in_order(self) -> People:
        column = {name: np.concatenate([group[name] for group in self.groups]) for name in self.groups[0]}
        order = np.lexsort((column["birth"], column["role"], column["family"]))
        new_number = np.empty(self.count, dtype=np.int64)
        new_number[order] = np.arange(self.count)
        for link in ("father", "mother", "twin_of"):
            old = column[link]
            column[link] = np.where(old >= 0, new_number[np.maximum(old, 0)], -1)
        kinds = {"family": np.int32, "role": np.int8, "marital": np.int8, "male": np.bool_, "stillborn": np.bool_}
        return People(**{f.name: column[f.name][order].astype(kinds.get(f.name, np.int32)) for f in fields(People)})

    def set_link(self, link: str, numbers: Ints, values: Ints) -> None:
        """Set a parent of people of the first two groups (heads, wives) who are added before their parents."""
        start = 0
        for group in self.groups:
            inside = (numbers >= start) & (numbers < start + len(group["family"]))
            group[link][numbers[inside] - start] = values[inside]
            start += len(group["family"])


def build_families(count: int, as_of: int, seed: int) -> People:
    """Build `count` families as they are on the day `as_of` (days since 1970-01-01), the same for the same seed.

    A child is 15 to 46 years younger than its mother. Families have one head each; the dead are decided elsewhere.
    """
    chance = Chance(seed, "families")
    roll = _Roll()
    everyone = np.arange(count)

    woman_married_at = chance.normal(count, 21.0, 3.6, 15.5, 39)
    woman_age = woman_married_at + 0.4 + 56 * chance.rng.beta(1.1, 1.75, count)
    older_by = np.maximum(chance.normal(count, 3.6, 4.2, -6, 18), 17.5 - woman_married_at)
    man_age = np.minimum(woman_age + older_by, 96)
    married_day = as_of - (woman_age - woman_married_at) * YEAR

    lost = np.clip((woman_age - 42) / 45, 0, 0.75) ** 1.4
    draw = chance.rng.random(count)
    widow = draw < 0.80 * lost + 0.006
    widower = ~widow & (draw < 1.02 * lost + 0.010)
    divorced = ~widow & ~widower & (draw < 1.02 * lost + 0.040)
    alone = ~widow & ~widower & ~divorced & (draw < 1.02 * lost + 0.065)
    couple = ~(widow | widower | divorced | alone)
    woman_leads = widow | divorced

    head_age = np.where(woman_leads, woman_age, man_age)
    head_status = np.select([widow | widower, divorced, alone], [WIDOWED, DIVORCED, SINGLE], MARRIED)
    heads = roll.add(everyone, HEAD, ~woman_leads, as_of - head_age * YEAR, marital=head_status)
    with_wife = np.flatnonzero(couple)
    wives = np.full(count, -1)
    wives[with_wife] = roll.add(
        with_wife, WIFE, np.zeros(len(with_wife), bool), as_of - woman_age[with_wife] * YEAR, marital=MARRIED
    )
    mothers = np.where(woman_leads, heads, wives)
    fathers = np.where(woman_leads, -1, heads)

    births, valid = _births(
        chance, married_day, as_of - woman_age * YEAR, as_of, cohort_year=1970 + married_day / YEAR - 21
    )
    valid &= ~alone[:, None]
    valid &= _still_at_home(chance, (as_of - births) / YEAR) & ~chance.flags(births.size, 0.02).reshape(births.shape)
    # after a second marriage the elder children are the father's only: their mother is not of this family
    second_marriage = couple & chance.flags(count, 0.05)
    elder = np.arange(MAX_BIRTHS)[None, :] < chance.whole(count, 1, 2)[:, None]
    family, slot = np.nonzero(valid)
    born = births[family, slot]
    of_first_wife = second_marriage[family] & elder[family, slot]
    mother = np.where(of_first_wife, -1, mothers[family])
    boys = chance.flags(len(family), 0.512)
    children = roll.add(family, CHILD, boys, born, father=fathers[family], mother=mother)
    twin = np.flatnonzero(chance.flags(len(family), TWIN_RATE))
    roll.add(
        family[twin], CHILD, chance.flags(len(twin), 0.5), born[twin],
        father=fathers[family[twin]], mother=mother[twin], twin_of=children[twin],
    )  # fmt: skip

    _add_stillborn(chance, roll, as_of, mothers, fathers, births, valid, woman_age, couple)
    _add_married_children(chance, roll, as_of, family, born, boys, children)
    _add_parents(chance, roll, as_of, with_wife, heads, wives, man_age, woman_age)
    others = np.flatnonzero(chance.flags(count, 0.025))
    roll.add(others, OTHER, chance.flags(len(others), 0.45), as_of - (6 + 64 * chance.rng.random(len(others))) * YEAR)
    return roll.in_order()


def _births(
    chance: Chance, married_day: Floats, mother_born: Floats, as_of: int, cohort_year: Floats
) -> tuple[Floats, Flags]:
    """Return days of birth (families x MAX_BIRTHS) and which happened; older women had more, closer together."""
    n = len(married_day)
    older = cohort_year < 1972
    wanted = np.where(
        older,
        np.minimum(chance.rng.poisson(3.0, n), MAX_BIRTHS),
        chance.pick(n, [0.10, 0.29, 0.44, 0.13, 0.03, 0.01]),
    )
    spacing = np.where(
        older[:, None],
        1.1 + chance.rng.gamma(2.6, 0.9, (n, MAX_BIRTHS)),
        1.2 + chance.rng.gamma(2.4, 1.9, (n, MAX_BIRTHS)),
    )
    spacing[:, 0] = 0.75 + chance.rng.gamma(1.3, 1.1, n)
    births = np.floor(married_day[:, None] + np.cumsum(spacing, axis=1) * YEAR)
    at_age = (births - mother_born[:, None]) / YEAR
    happened = np.arange(MAX_BIRTHS)[None, :] < wanted[:, None]
    return births, happened & (births <= as_of) & (at_age > YOUNGEST_MOTHER) & (at_age < OLDEST_MOTHER)


def _still_at_home(chance: Chance, age: Floats) -> Flags:
    """Return who has not left: everybody under 17, fewer and fewer above."""
    stays = np.interp(age, [17, 20, 24, 29, 36, 45], [1.0, 0.80, 0.46, 0.20, 0.07, 0.03])
    return np.asarray(chance.rng.random(age.shape) < stays)


def _add_stillborn(
    chance: Chance,
    roll: _Roll,
    as_of: int,
    mothers: Ints,
    fathers: Ints,
    births: Floats,
    valid: Flags,
    woman_age: Floats,
    couple: Flags,
) -> None:
    """Add births of the last month that were stillbirths, to mothers without another recent birth."""
    last = np.where(valid, births, -1e9).max(axis=1)
    fit = couple & (woman_age > 18) & (woman_age < 42) & (last < as_of - 500)
    family = np.flatnonzero(fit & chance.flags(len(fit), 0.0004))
    if not len(family) and fit.sum() > 200:
        family = np.flatnonzero(fit)[:1]
    roll.add(
        family, CHILD, chance.flags(len(family), 0.5), as_of - 27 * chance.rng.random(len(family)),
        father=fathers[family], mother=mothers[family], stillborn=True,
    )  # fmt: skip


def _add_married_children(
    chance: Chance, roll: _Roll, as_of: int, family: Ints, born: Floats, boys: Flags, children: Ints
) -> None:
    """Let some grown children stay with wife or husband, and have children of their own there."""
    age = (as_of - born) / YEAR
    stay = np.flatnonzero((age > 19.5) & chance.flags(len(family), 0.26))
    own, husband_here = children[stay], boys[stay]
    gap = chance.normal(len(stay), 3.0, 3.0, -4, 12)
    spouse_age = np.maximum(np.where(husband_here, age[stay] - gap, age[stay] + gap), 17.6)
    spouses = roll.add(family[stay], IN_LAW, ~husband_here, as_of - spouse_age * YEAR, marital=MARRIED)
    roll.set_link("marital", own, np.full(len(stay), MARRIED))
    woman_age = np.where(husband_here, spouse_age, age[stay])
    married_at = np.maximum(16.5, woman_age - 9 * chance.rng.random(len(stay)))
    births, valid = _births(
        chance, as_of - (woman_age - married_at) * YEAR, as_of - woman_age * YEAR, as_of, np.full(len(stay), 1999.0)
    )
    row, slot = np.nonzero(valid)
    roll.add(
        family[stay][row], GRANDCHILD, chance.flags(len(row), 0.512), births[row, slot],
        father=np.where(husband_here, own, spouses)[row], mother=np.where(husband_here, spouses, own)[row],
    )  # fmt: skip


def _add_parents(
    chance: Chance,
    roll: _Roll,
    as_of: int,
    families: Ints,
    heads: Ints,
    wives: Ints,
    man_age: Floats,
    woman_age: Floats,
) -> None:
    """Let a widowed father or mother of the head or of the wife live with the couple."""
    chosen = families[chance.flags(len(families), 0.11)]
    of_wife = chance.flags(len(chosen), 0.45)
    mother = chance.flags(len(chosen), 0.75)
    gap = np.where(mother, chance.normal(len(chosen), 25, 5, 16.5, 42), chance.normal(len(chosen), 29, 6, 18, 50))
    age = np.where(of_wife, woman_age[chosen], man_age[chosen]) + gap
    alive = age < 94
    for side, role in ((~of_wife, PARENT), (of_wife, PARENT_IN_LAW)):
        for link, sex in (("mother", mother), ("father", ~mother)):
            here = side & sex & alive
            family = chosen[here]
            added = roll.add(family, role, ~mother[here], as_of - age[here] * YEAR, marital=WIDOWED)
            roll.set_link(link, wives[family] if role == PARENT_IN_LAW else heads[family], added)
