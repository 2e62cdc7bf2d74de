"""Civil registration's files: the resident snapshot (C1) and the mutations of the period (C2)."""

import numpy as np

from integration.sampling.chance import Chance, Floats, Ints
from integration.sampling.damage import Clerk
from integration.sampling.families import YEAR
from integration.sampling.files import Delivery, write_csv
from integration.sampling.health import NONE
from integration.sampling.identity import day_month_year
from integration.sampling.names import Names, spell
from integration.sampling.noise import NoiseProfile
from integration.sampling.places import address
from integration.sampling.text_columns import Text, constant, dates, joined, numbers, padded, texts, where
from integration.sampling.truth import RowTruth
from integration.sampling.world import World

UNKNOWN_PARENT = ["-", "TIDAK TAHU", ""]


def write_residents(delivery: Delivery, world: World, noise: NoiseProfile, truth: RowTruth) -> None:
    """Write C1: one row per registered person, in no order, half of the period's dead still among them."""
    clerk = Clerk(noise, "register", world.chance("C1"))
    chance, health = clerk.chance, world.health
    n_all = len(world.people)
    stays = health.alive | clerk.hit(n_all, "dead_kept")
    gone = (health.moved_on != NONE) & chance.flags(n_all, 0.5)
    who = np.flatnonzero(world.identities.registered & stays & ~gone)
    who = who[chance.rng.permutation(len(who))]
    columns = _resident_columns(world, clerk, who)
    path = delivery.path("csv")
    rows = write_csv(path, delivery.dataset, columns, separator=";")
    delivery.delivered(path, len(who))
    truth.add(delivery.dataset, path.name, rows, "self", who, world)


def _resident_columns(world: World, clerk: Clerk, who: Ints) -> dict[str, Text]:
    people, ids, places = world.people, world.identities, world.places
    chance, n, family = clerk.chance, len(who), world.people.family[who]
    male, birth, age = people.male[who], people.birth[who], people.age(world.as_of)[who]
    village, rw, rt = places.reg_village[family], places.reg_rw[family], places.reg_rt[family]
    code = [part.split(".") for part in world.kabupaten.village_codes]
    kecamatan = np.array([int(part[2]) for part in code])
    number = np.array([int(part[3]) for part in code])
    missing_rt = clerk.hit(n, "rt_missing")
    certificate = (age < 18) & chance.flags(n, np.interp(age, [0, 1, 6, 18], [0.7, 0.9, 0.92, 0.6]))
    issued = birth + chance.whole(n, 3, 200)
    certificate &= issued <= world.as_of
    day, month, year = day_month_year(issued)
    issued_text = joined("", padded(day, 2), padded(month, 2), numbers(year))
    akta = joined(
        "-", constant(world.kabupaten.kab4, n), constant("LU", n), issued_text, padded(chance.whole(n, 1, 9999), 4)
    )
    work = np.where(
        age < 6, 1, np.where(age < 19, 3, np.array([20, 26, 88, 9, 2, 21, 24])[chance.pick(n, [6, 2, 5, 3, 3, 2, 2])])
    )
    fixed_columns = {
        "province_no": constant(str(int(world.kabupaten.code[:2])), n),
        "kab_no": constant(str(int(world.kabupaten.code[3:])), n),
    }
    return {
        "nik": padded(ids.nik[who], 16),
        "no_kk": padded(ids.reg_kk[who], 16),
        "name": clerk.name(world.names[who], male),
        "sex": where(male, "1", "2"),
        "birth_place": where(ids.nik[who] // 10**12 == int(world.kabupaten.kab4), world.kabupaten.name, "LUAR DAERAH"),
        "birth_date": dates(_registered_birth(clerk, birth, world.as_of), "%d-%m-%Y"),
        "marital_status": numbers(people.marital[who].astype(np.int64)),
        "relationship": numbers(ids.reg_role[who]),
        "mother_nik": _parent_nik(clerk, world, people.mother[who]),
        "father_nik": _parent_nik(clerk, world, people.father[who]),
        "mother_name": _parent_name(clerk, world.mother_name[who], age),
        "father_name": _parent_name(clerk, world.father_name[who], age),
        "birth_certificate_no": where(certificate, akta, ""),
        "education": numbers(np.where(age < 7, 1, np.minimum(1 + chance.pick(n, [1, 2, 5, 4, 6, 1, 1, 1]), 8))),
        "occupation": numbers(work),
        "address": where(
            clerk.hit(n, "address_missing"), "", address(world.kabupaten, places, family, village, rw, rt, chance)
        ),
        "rt": where(missing_rt, "0", numbers(rt)),
        "rw": where(missing_rt, "0", numbers(rw)),
        "dusun": places.dusun(village, rw),
        **fixed_columns,
        "kec_no": numbers(kecamatan[village]),
        "village_no": numbers(number[village]),
        "status_flag": where(world.health.alive[who], "0", texts(["0", "1"], chance.pick(n, [6, 4]))),
        "changed_on": where(chance.flags(n, 0.3), dates(world.as_of - chance.whole(n, 10, 4000)), ""),
    }


def _registered_birth(clerk: Clerk, birth: Ints, as_of: int) -> Ints:
    """Return births as the register has them: some corrected since the NIK was given, old ones set to a default day."""
    n, chance = len(birth), clerk.chance
    moved = birth + np.array([1, -1, 30, 365, -365, 10])[chance.pick(n, [1] * 6)]
    birth = np.where(clerk.hit(n, "date_wrong") & (moved <= as_of) & (as_of - birth > 200), moved, birth)
    first_of_year = birth.astype("datetime64[D]").astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    default = first_of_year + np.where(chance.flags(n, 0.5), 181, 364)
    return np.where(clerk.hit(n, "date_default") & (as_of - birth > 56 * YEAR), default, birth)


def _parent_nik(clerk: Clerk, world: World, parent: Ints) -> Text:
    n = len(parent)
    missing = (parent < 0) | clerk.hit(n, "parent_nik_missing")
    return where(
        missing, texts(["", "0"], clerk.chance.pick(n, [8, 2])), padded(world.identities.nik[np.maximum(parent, 0)], 16)
    )


def _parent_name(clerk: Clerk, names: Names, age: Floats) -> Text:
    n, chance = len(names), clerk.chance
    shorter = names.copy()
    cut = clerk.hit(n, "parent_name_abbreviated")
    shorter[cut, 1:] = -1
    missing = clerk.hit(n, "parent_name_missing", 1.0) & (age > 5)
    return where(missing, texts(UNKNOWN_PARENT, chance.pick(n, [5, 2, 3])), spell(shorter))


def write_mutations(delivery: Delivery, world: World, noise: NoiseProfile, truth: RowTruth) -> None:
    """Write C2: births, deaths, departures and arrivals that the register noted in the period."""
    clerk = Clerk(noise, "mutations", world.chance("C2"))
    people, ids, health, chance = world.people, world.identities, world.health, clerk.chance
    start, n_all = world.period_start, len(world.people)
    born = (people.birth >= start) & ids.registered
    events = [
        ("LAHIR", np.flatnonzero(born), people.birth.astype(np.int64)),
        ("MATI", np.flatnonzero(~health.alive & ids.registered & (health.died_on >= start)), health.died_on),
        ("PINDAH", np.flatnonzero((health.moved_on != NONE) & ids.registered), health.moved_on),
        ("DATANG", np.flatnonzero((health.arrived_on != NONE) & ids.registered), health.arrived_on),
    ]
    who = np.concatenate([people_of for _, people_of, _ in events])
    kind = np.repeat(np.arange(4), [len(people_of) for _, people_of, _ in events])
    day = np.concatenate([when[people_of] for _, people_of, when in events])
    kept = clerk.hit(n_all, "coverage")[who]
    order = np.flatnonzero(kept)
    order = order[np.argsort(day[order], kind="stable")]
    who, kind, day = who[order], kind[order], day[order]
    n, family = len(who), people.family[who]
    codes = [code.split(".") for code in world.kabupaten.village_codes]
    own = [texts([str(int(code[part])) for code in codes], world.places.reg_village[family]) for part in range(4)]
    elsewhere = _elsewhere(chance, world, n)
    came, left = kind == 3, kind == 2
    reported = np.minimum(day + chance.whole(n, 0, 20), world.as_of)
    columns = {
        "nik": clerk.number(ids.nik[who]),
        "no_kk": padded(ids.reg_kk[who], 16),
        "name": clerk.name(world.names[who], people.male[who]),
        "mutation": texts([name for name, _, _ in events], kind),
        "event_on": dates(day),
        "reported_on": dates(reported),
        "certificate_no": where(
            kind == 1,
            joined("-", constant(world.kabupaten.kab4, n), constant("KM", n), padded(chance.whole(n, 1, 9999), 4)),
            "",
        ),
        "mother_nik": where(kind == 0, _parent_nik_of_newborn(world, people.mother[who]), ""),
    }
    for side, here in (("origin", came), ("dest", left)):
        inside = (kind == 2) if side == "origin" else came
        for part, name in enumerate(("province", "kab", "kec", "village")):
            columns[f"{side}_{name}_no"] = where(here, elsewhere[part], where(inside, own[part], ""))
    path = delivery.path("csv")
    rows = write_csv(path, delivery.dataset, columns, quoted=False)
    delivery.delivered(path, n)
    truth.add(delivery.dataset, path.name, rows, "self", who, world)


def _parent_nik_of_newborn(world: World, mother: Ints) -> Text:
    return where(mother < 0, "", padded(world.identities.nik[np.maximum(mother, 0)], 16))


def _elsewhere(chance: Chance, world: World, n: int) -> list[Text]:
    """Return province, kabupaten, kecamatan and village numbers of places outside this kabupaten."""
    other = world.kabupaten.other_kecamatan or world.kabupaten.kecamatan_codes
    index = chance.whole(n, 0, len(other) - 1)
    parts = [texts([str(int(code.split(".")[part])) for code in other], index) for part in range(3)]
    return [*parts, numbers(2000 + chance.whole(n, 1, 12))]
