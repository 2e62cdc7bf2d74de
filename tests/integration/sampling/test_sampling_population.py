"""The invented population obeys the rules of families and of civil registration before anybody damages it."""

import numpy as np
import pytest

from integration.sampling.chance import Chance
from integration.sampling.families import HEAD, WIFE, YEAR
from integration.sampling.health import LAST_DAY, who_table
from integration.sampling.identity import day_month_year
from integration.sampling.names import draw_names, spell, words
from integration.sampling.noise import NoiseProfile
from integration.sampling.places import read_kabupaten
from integration.sampling.world import World, build_world, completed_months, family_risk
from warehouse.errors import DeclarationError


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(3_000, 7, "35.09", "2026-10", 3)


def test_every_family_has_one_head_who_comes_first(world: World):
    heads = world.people.family[world.people.role == HEAD]
    assert heads.tolist() == list(range(3_000))
    first = np.searchsorted(world.people.family, np.arange(3_000))
    assert (world.people.role[first] == HEAD).all()


def test_every_registered_card_has_one_head(world: World):
    ids = world.identities
    cards, heads = np.unique(ids.reg_kk[ids.reg_role == HEAD], return_counts=True)
    assert set(cards) == set(ids.reg_kk)
    assert (heads == 1).all()


def test_children_are_younger_than_their_parents(world: World):
    people = world.people
    for parent, low, high in ((people.mother, 13, 50), (people.father, 13, 80)):
        child = np.flatnonzero(parent >= 0)
        gap = (people.birth[child] - people.birth[parent[child]]) / YEAR
        assert low <= gap.min()
        assert gap.max() <= high
    assert not people.male[people.mother[people.mother >= 0]].any()
    assert people.male[people.father[people.father >= 0]].all()


def test_twins_share_birth_date_and_mother(world: World):
    people = world.people
    twin = np.flatnonzero(people.twin_of >= 0)
    assert len(twin)
    assert (people.birth[twin] == people.birth[people.twin_of[twin]]).all()
    assert (people.mother[twin] == people.mother[people.twin_of[twin]]).all()


def test_nik_follows_the_rules(world: World):
    people, nik = world.people, world.identities.nik
    born = ~people.stillborn
    assert (nik[~born] == 0).all()
    nik, day_parts, male = nik[born], day_month_year(people.birth[born]), people.male[born]
    assert len(np.unique(nik)) == len(nik)
    day, month, year = day_parts
    assert (nik // 10**8 % 100 == day + np.where(male, 0, 40)).all()
    assert (nik // 10**6 % 100 == month).all()
    assert (nik // 10**4 % 100 == year % 100).all()
    assert (nik % 10**4 >= 1).all()
    kabupaten = world.kabupaten
    known = {int(code.replace(".", "")) for code in kabupaten.kecamatan_codes + kabupaten.other_kecamatan}
    assert set(np.unique(nik // 10**10)) <= known


def test_card_numbers_carry_a_date_of_issue_without_forty(world: World):
    day = world.identities.kk // 10**8 % 100
    assert day.min() >= 1
    assert day.max() <= 31


def test_nobody_of_another_kabupaten_is_registered_here(world: World):
    assert not (world.identities.outsider & world.identities.registered).any()
    assert not (world.people.stillborn & world.identities.registered).any()


def test_poverty_goes_with_stunting_water_and_latrine(world: World):
    poor, welfare = world.welfare.desil <= 3, world.welfare
    assert welfare.water_ok[poor].mean() < welfare.water_ok[~poor].mean()
    assert welfare.latrine_ok[poor].mean() < welfare.latrine_ok[~poor].mean()
    haz = world.health.haz
    assert haz[poor[world.people.family]].mean() < haz[~poor[world.people.family]].mean()


def test_risk_needs_a_target_and_counts_bad_latrines(world: World):
    risk = family_risk(world)
    assert not (risk.krs & ~risk.target).any()
    assert risk.krs[risk.target & ~world.welfare.latrine_ok].all()
    wives = np.unique(world.people.family[world.people.role == WIFE])
    assert not (risk.has_pus & ~np.isin(np.arange(3_000), wives)).any()


def test_pregnant_women_have_no_newborn(world: World):
    people, health = world.people, world.health
    child = np.flatnonzero(people.mother >= 0)
    newest = np.full(len(people), -(10**9))
    np.maximum.at(newest, people.mother[child], people.birth[child])
    assert (world.as_of - newest[health.pregnant] > 280).all()


def test_older_people_have_fewer_words_in_their_names(world: World):
    count = (world.names >= 0).sum(axis=1)
    year = day_month_year(world.people.birth)[2]
    assert 0.35 < (count[year < 1965] == 1).mean() < 0.6
    assert (count[year >= 2015] >= 2).mean() > 0.95


def test_no_name_ends_in_a_mere_beginning():
    chance = Chance(1, "test")
    names = draw_names(np.ones(2_000, bool), np.full(2_000, 1950), chance)
    last = names[np.arange(2_000), (names >= 0).sum(axis=1) - 1]
    assert not words().begins_only[last[(names >= 0).sum(axis=1) > 1]].any()
    assert all(spell(names).to_pylist())


def test_completed_months_are_those_of_the_calendar():
    birth = np.array(["2024-02-29", "2024-03-31", "2026-10-31"], "datetime64[D]").astype(np.int64)
    day = int(np.datetime64("2026-10-30").astype(np.int64))
    assert completed_months(birth, day).tolist() == [32, 30, -1]


@pytest.mark.parametrize("name", ["length_height_for_age", "weight_for_age"])
def test_a_growth_value_has_the_z_it_was_made_of(name: str):
    table = who_table(name)
    age = np.linspace(0, LAST_DAY, 50)
    z = np.linspace(-4, 3, 50)
    male = np.arange(50) % 2 == 0
    assert np.allclose(table.z(male, age, table.value(male, age, z)), z)


def test_sample_peoples_only_as_many_kecamatan_as_fit():
    assert len(read_kabupaten("35.09", 10).kecamatan_codes) == 1
    assert len(read_kabupaten("35.09", 850_000).kecamatan_codes) == 31
    assert read_kabupaten("35.14", 100).name == "PASURUAN"


def test_unknown_kabupaten_and_profile_are_said():
    with pytest.raises(DeclarationError, match=r"99\.99"):
        read_kabupaten("99.99", 10)
    with pytest.raises(DeclarationError, match="mild"):
        NoiseProfile.named("mild")


@pytest.mark.parametrize("name", ["default", "hard", "sparse"])
def test_every_profile_can_be_read(name: str):
    profile = NoiseProfile.named(name)
    assert profile.rate("toddlers", "nik_masked") == (0.0 if name == "default" else 1.0)
    assert profile.rate("register", "no_such_damage") == 0.0
