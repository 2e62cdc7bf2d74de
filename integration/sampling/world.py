"""The whole invented population: everything that is true before anybody writes it down."""

from dataclasses import dataclass

import numpy as np

from integration.sampling.chance import Chance, Flags, Ints
from integration.sampling.families import CHILD, HEAD, MARRIED, WIFE, People, build_families
from integration.sampling.health import Health, live
from integration.sampling.identity import Identities, assign_identities, day_month_year
from integration.sampling.names import Names, draw_names, spell
from integration.sampling.places import Kabupaten, Places, read_kabupaten, settle
from integration.sampling.poverty import Welfare, assess
from integration.sampling.text_columns import Text

BADUTA_MONTHS, BALITA_MONTHS = 24, 60


@dataclass(frozen=True)
class World:
    """A population on the day `as_of`, the last of the month that starts on `period_start` (days since 1970-01-01)."""

    seed: int
    period: str
    period_start: int
    as_of: int
    months: int
    kabupaten: Kabupaten
    people: People
    places: Places
    identities: Identities
    welfare: Welfare
    health: Health
    names: Names
    name: Text
    """Per person, as registered."""
    mother_name: Names
    father_name: Names

    def chance(self, purpose: str) -> Chance:
        """Return the stream of random numbers for one purpose."""
        return Chance(self.seed, purpose)


def completed_months(birth: Ints, day: Ints | int) -> Ints:
    """Return completed months of age on a day (days since 1970-01-01); negative before birth."""
    born_day, born_month, born_year = day_month_year(birth)
    on_day, on_month, on_year = day_month_year(np.broadcast_to(np.asarray(day), birth.shape))
    return (on_year - born_year) * 12 + on_month - born_month - (on_day < born_day)


@dataclass(frozen=True)
class FamilyRisk:
    """The true answers of the KRS verification, per family (contract section 6.1 C; rule `core`)."""

    has_baduta: Flags
    has_balita: Flags
    has_pus: Flags
    has_pregnant: Flags
    too_young: Flags
    too_old: Flags
    too_close: Flags
    too_many: Flags
    target: Flags
    krs: Flags


def family_risk(world: World) -> FamilyRisk:
    """Judge each family by the core rule: a target, and bad water, a bad latrine or one of the four 'too'."""
    people, health = world.people, world.health
    families = len(world.welfare.wealth)
    here = health.alive & ~people.stillborn & (health.moved_on < 0)
    months = completed_months(people.birth, world.as_of)
    years = months // 12

    def any_of(flags: Flags) -> Flags:
        return np.bincount(people.family[flags], minlength=families) > 0

    pus = here & ~people.male & (years >= 15) & (years <= 49)
    pus &= (people.role == WIFE) | ((people.role == HEAD) & (people.marital == MARRIED))
    has_pus = any_of(pus)
    pregnant = here & health.pregnant
    has_pregnant = any_of(pregnant)
    child = np.flatnonzero(here & (people.role == CHILD))
    order = child[np.lexsort((-people.birth[child], people.family[child]))]
    family, birth = people.family[order], people.birth[order]
    another = (family[1:] == family[:-1]) & (birth[1:] != birth[:-1])
    first = np.ones(len(family), dtype=bool)
    first[1:] = family[1:] != family[:-1]
    youngest = np.full(families, -1_000_000)
    youngest[family[first]] = birth[first]
    gap = np.full(families, 1e9)
    older = order[1:][another]
    # the step from the youngest birth to the one before it: the first change of date within the family
    step = completed_months(birth[1:], birth[:-1])[another].astype(float)
    from_youngest = birth[:-1][another] == youngest[people.family[older]]
    gap[people.family[older][from_youngest]] = step[from_youngest]
    youngest_months = completed_months(youngest, world.as_of)
    too_close = ((gap < 24) & (youngest_months < BALITA_MONTHS)) | (has_pregnant & (youngest_months < 24))
    living = np.bincount(people.family[child], minlength=families)
    four = {
        "too_young": has_pus & any_of(pus & (years < 20)),
        "too_old": has_pus & any_of(pus & (years >= 35) & (years <= 40)),
        "too_close": has_pus & too_close,
        "too_many": has_pus & (living >= 3),
    }
    has_baduta = any_of(here & (months < BADUTA_MONTHS))
    has_balita = any_of(here & (months >= BADUTA_MONTHS) & (months < BALITA_MONTHS))
    target = has_baduta | has_balita | has_pus | has_pregnant
    risk = ~world.welfare.water_ok | ~world.welfare.latrine_ok | np.any(list(four.values()), axis=0)
    return FamilyRisk(has_baduta, has_balita, has_pus, has_pregnant, target=target, krs=target & risk, **four)


def _name_twins(people: People, names: Names, chance: Chance) -> None:
    """Give most twins of one sex names that differ in the first word only."""
    twins = np.flatnonzero(people.twin_of >= 0)
    first = people.twin_of[twins]
    alike = (people.male[twins] == people.male[first]) & chance.flags(len(twins), 0.7)
    names[twins[alike], 1:] = names[first[alike], 1:]


def build_world(families: int, seed: int, kab_code: str, period: str, months: int) -> World:
    """Build the population of `families` families of one kabupaten at the end of `period` (`YYYY-MM`)."""
    month = np.datetime64(period, "M")
    period_start = int(month.astype("datetime64[D]").astype(np.int64))
    as_of = int((month + 1).astype("datetime64[D]").astype(np.int64)) - 1
    kabupaten = read_kabupaten(kab_code, families)
    people = build_families(families, as_of, seed)
    places = settle(families, kabupaten, seed)
    identities = assign_identities(people, places, kabupaten, as_of, seed)
    welfare = assess(places, seed)
    health = live(people, welfare, as_of, period_start, months, seed)
    chance = Chance(seed, "names")
    year = day_month_year(people.birth)[2]
    names = draw_names(people.male, year, chance)
    _name_twins(people, names, chance)
    n = len(people)
    parents = []
    for parent, is_male, gap in ((people.mother, False, 26), (people.father, True, 30)):
        strange = draw_names(np.full(n, is_male), year - gap, chance)
        parents.append(np.where((parent >= 0)[:, None], names[np.maximum(parent, 0)], strange))
    return World(
        seed, period, period_start, as_of, months, kabupaten, people, places, identities, welfare, health,
        names, spell(names), mother_name=parents[0], father_name=parents[1],
    )  # fmt: skip
