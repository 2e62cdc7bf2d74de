"""NIK and family-card numbers by the rules of civil registration (domain.md 2.1), unique and without damage."""

from dataclasses import dataclass

import numpy as np

from integration.sampling.chance import Chance, Flags, Ints
from integration.sampling.families import CHILD, GRANDCHILD, HEAD, YEAR, People
from integration.sampling.places import Kabupaten, Places

FEMALE_DAY = 40


@dataclass(frozen=True)
class Identities:
    """One element per person but for `old_kk`; numbers of 16 digits, 0 where there is none (the stillborn)."""

    nik: Ints
    kk: Ints
    """Card of the family the person lives with."""
    reg_kk: Ints
    """Card that civil registration has for the person."""
    reg_role: Ints
    outsider: Flags
    """Registered in another kabupaten."""
    registered: Flags
    """Stands in this kabupaten's register."""
    old_kk: Ints
    """Per family: the card before its last change."""


def day_month_year(days: Ints) -> tuple[Ints, Ints, Ints]:
    """Split days since 1970-01-01 into day of month, month and year."""
    date = days.astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    day = (date - month).astype(np.int64) + 1
    return day, month.astype(np.int64) % 12 + 1, month.astype("datetime64[Y]").astype(np.int64) + 1970


def _serial(base: Ints) -> Ints:
    """Return 1, 2, 3 … for the elements of each equal `base`, in their order."""
    order = np.argsort(base, kind="stable")
    in_order = base[order]
    first = np.concatenate([[True], in_order[1:] != in_order[:-1]])
    start = np.maximum.accumulate(np.where(first, np.arange(len(base)), 0))
    serial = np.empty(len(base), dtype=np.int64)
    serial[order] = np.arange(len(base)) - start + 1
    return serial


def _numbered(region: Ints, day_part: Ints, month: Ints, year: Ints) -> Ints:
    base = region * 10**6 + day_part * 10**4 + month * 100 + year % 100
    return base * 10**4 + _serial(base)


def assign_identities(people: People, places: Places, kabupaten: Kabupaten, as_of: int, seed: int) -> Identities:
    """Give every person a NIK and a card.

    NIK: kecamatan of first registration (6 digits, for most the family's own), DDMMYY of birth with day + 40 for women,
    serial. Card: kecamatan, date of issue (no + 40), serial.
    """
    chance = Chance(seed, "identity")
    n = len(people)
    own = np.array([int(code.replace(".", "")) for code in kabupaten.kecamatan_codes])
    other = np.array([int(code.replace(".", "")) for code in kabupaten.other_kecamatan] or own)
    family_region = own[kabupaten.kecamatan_of[places.reg_village]]
    strange = other[chance.whole(len(family_region), 0, len(other) - 1)]
    family_region = np.where(places.outsider, strange, family_region)

    young = np.isin(people.role, (CHILD, GRANDCHILD)) & (people.age(as_of) < 17)
    draw = chance.rng.random(n)
    region = family_region[people.family]
    region = np.where(draw > np.where(young, 0.95, 0.78), own[chance.whole(n, 0, len(own) - 1)], region)
    region = np.where(draw > np.where(young, 0.985, 0.93), other[chance.whole(n, 0, len(other) - 1)], region)
    # an adult who joined a family here and is still registered where he or she came from
    newcomer = ~young & (people.role != HEAD) & (draw > 0.985)
    outsider = newcomer | places.outsider[people.family]

    day, month, year = day_month_year(people.birth)
    nik = _numbered(region, day + np.where(people.male, 0, FEMALE_DAY), month, year)
    nik = np.where(people.stillborn, 0, nik)

    families = len(family_region)
    adult = (people.role == CHILD) & (people.age(as_of) > 22) & (people.marital == 1)
    own_card = np.flatnonzero(adult & chance.flags(n, 0.08))
    card_region = np.concatenate([family_region, family_region, family_region[people.family[own_card]]])
    cards = len(card_region)
    age = chance.whole(cards, 30, int(15 * YEAR))
    age[families : 2 * families] += int(16 * YEAR)  # the older card was issued before
    issued = day_month_year(as_of - age)
    card = _numbered(card_region, *issued)
    kk = card[people.family]
    reg_kk, reg_role = kk.copy(), people.role.astype(np.int64)
    reg_kk[own_card] = card[2 * families :]
    reg_role[own_card] = HEAD

    age_days = as_of - people.birth
    unregistered = chance.flags(
        n, np.interp(age_days, [0, 30, 90, 365, 1825, 6570], [0.5, 0.3, 0.12, 0.05, 0.015, 0.004])
    )
    registered = ~(outsider | people.stillborn | (unregistered & (people.role != HEAD)))
    return Identities(nik, kk, reg_kk, reg_role, outsider, registered, old_kk=card[families : 2 * families])
