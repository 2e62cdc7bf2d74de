"""The health office's pregnancy register (H2) and its list of deaths (H3)."""

import numpy as np

from integration.sampling.chance import Chance, Flags, Floats, Ints
from integration.sampling.damage import Clerk
from integration.sampling.files import Delivery, headers, part_of, signature, write_csv
from integration.sampling.health import NONE
from integration.sampling.identity import day_month_year
from integration.sampling.noise import NoiseProfile
from integration.sampling.places import address, posyandu
from integration.sampling.text_columns import Text, constant, dates, decimals, joined, numbers, texts, where
from integration.sampling.truth import RowTruth
from integration.sampling.workbook import write_xlsx
from integration.sampling.world import World, completed_months

DUE_AFTER = 280
STATUSES = ["HAMIL", "BERSALIN", "NIFAS", "ABORTUS", "PINDAH", "MENINGGAL"]
KINDS = ["NEONATAL_DINI", "NEONATAL_LANJUT", "POSTNEONATAL", "BALITA", "LAHIR_MATI", "IBU"]
CAUSES = ["BBLR", "ASFIKSIA", "PNEUMONIA", "DIARE", "KELAINAN BAWAAN", "LAIN-LAIN"]
CAUSES_OF_MOTHERS = ["PERDARAHAN", "PREEKLAMPSIA", "INFEKSI", "JANTUNG"]


def write_mothers(delivery: Delivery, world: World, noise: NoiseProfile, truth: RowTruth) -> None:
    """Write H2: pregnancies running or ended in the period, and women up to 42 days after it; a file a puskesmas."""
    clerk = Clerk(noise, "mothers", world.chance("H2"))
    people, health, chance = world.people, world.health, clerk.chance
    concerned = (health.pregnant | (health.outcome > 0)) & (health.hpht != NONE)
    concerned &= health.alive | (health.died_on >= world.period_start)
    who = np.flatnonzero(concerned & clerk.hit(len(people), "coverage"))
    who = np.concatenate([who, who[clerk.hit(len(who), "double")]])
    puskesmas = world.kabupaten.puskesmas_of[world.places.home_village[people.family[who]]]
    order = np.lexsort((chance.rng.random(len(who)), puskesmas))
    who, puskesmas = who[order], puskesmas[order]
    columns = _mother_columns(world, clerk, who)
    for number, name in enumerate(world.kabupaten.puskesmas_names):
        rows = np.flatnonzero(puskesmas == number)
        part = part_of(columns, rows)
        part["row_number"] = numbers(np.arange(1, len(rows) + 1))
        heading = headers(delivery.dataset, part)
        path = delivery.path("xlsx", number + 1)
        physical = write_xlsx(
            path, [[header for _, header in heading]], [part[column] for column, _ in heading],
            titles=[("LAPORAN HASIL", "KABUPATEN"), ()][number % 2],
            footer=[[], signature(len(rows), f"Puskesmas {name}")][number % 2],
        )  # fmt: skip
        delivery.delivered(path, len(rows))
        truth.add(delivery.dataset, path.name, physical, "self", who[rows], world)


def _mother_columns(world: World, clerk: Clerk, who: Ints) -> dict[str, Text]:
    people, ids, places, health, chance = world.people, world.identities, world.places, world.health, clerk.chance
    n, family = len(who), world.people.family[who]
    village, rw, rt = places.home_village[family], places.home_rw[family], places.home_rt[family]
    village_text, meant = clerk.village(village, world.kabupaten)
    rt_text, rw_text = clerk.rt_rw(rt, rw)
    outcome, ended, hpht = health.outcome[who], health.ended_on[who], health.hpht[who]
    delivered = (outcome == 1) | (outcome == 2)
    now = np.where(outcome > 0, ended, world.as_of)
    weeks = (now - hpht) // 7
    enrolled = np.minimum(hpht + chance.whole(n, 35, 110), now)
    gone, dead = health.moved_on[who] != NONE, ~health.alive[who]
    in_bed = delivered & ((world.as_of - ended <= 3) | (outcome == 2) | chance.flags(n, 0.2))
    status = np.select([dead, gone, outcome == 3, in_bed, delivered], [5, 4, 3, 1, 2], 0)
    age = people.age(world.as_of)[who]
    children, interval = _earlier_births(world, who, delivered)
    miscarriages = chance.pick(n, [88, 10, 2]) + (outcome == 3)
    gravida = children + miscarriages + np.where(outcome == 3, 0, 1)
    visits = np.clip(np.rint(weeks / 6.2 + chance.rng.normal(0, 1.2, n)), 0, 9).astype(np.int64)
    due = hpht + DUE_AFTER
    height, hb, muac = chance.normal(n, 152, 5.2, 136, 172), health.hb[who], health.lila[who]
    systolic = chance.normal(n, 112, 13, 84, 180)
    birth = people.birth[who].astype(np.int64)
    no_date = clerk.hit(n, "date_missing")
    score = _score(age, interval, children, height, hb, systolic)
    husband = clerk.name(world.father_name[_a_child(world, who)], np.ones(n, bool))
    name = _name_with_marks(clerk, clerk.name(world.names[who], np.zeros(n, bool)), husband)
    born = numbers(health.newborns[who])
    delivery_place = texts(["PUSKESMAS", "RS", "KLINIK", "RUMAH"], chance.pick(n, [5, 3, 2, 0.5]))
    attendant = texts(["BIDAN", "DOKTER", "DUKUN"], chance.pick(n, [7, 3, 0.2]))
    contraception = texts(["SUNTIK", "IUD", "IMPLAN", "PIL", "TIDAK"], chance.pick(n, [4, 1, 1, 1, 4]))
    contacts = {
        f"{key}_on": where(weeks >= week, dates(np.minimum(hpht + days + chance.whole(n, 0, 20), now)), "")
        for key, week, days in (("k1", 10, 55), ("k4", 30, 195), ("k6", 37, 245))
    }
    return {
        "nik": clerk.number(ids.nik[who]),
        "no_kk": clerk.number(ids.kk[who], "kk"),
        "name": name,
        "birth_date": where(no_date, "", clerk.date(birth, world.as_of)),
        "age_years": numbers(np.floor(age).astype(np.int64)),
        "husband_name": where(chance.flags(n, 0.03), "-", husband),
        "kec_text": texts(world.kabupaten.kecamatan_names, world.kabupaten.kecamatan_of[village]),
        "village_text": village_text,
        "puskesmas": texts(world.kabupaten.puskesmas_names, world.kabupaten.puskesmas_of[village]),
        "posyandu": posyandu(world.kabupaten, village, rw, chance.pick(n, [6, 1, 1])),
        "rt": rt_text,
        "rw": rw_text,
        "address": where(
            clerk.hit(n, "address_missing"), "", address(world.kabupaten, places, family, meant, rw, rt, chance)
        ),
        "registered_on": dates(enrolled),
        "last_period_on": where(chance.flags(n, 0.02), "", dates(hpht)),
        "due_on": dates(due),
        "gestational_weeks_source": joined(" ", numbers(weeks), where(chance.flags(n, 0.1), "mgg", None)),
        "gravida": numbers(gravida),
        "parity": numbers(children),
        "abortions": numbers(miscarriages),
        "interval_years": where(np.isnan(interval), "", decimals(np.nan_to_num(interval), 1)),
        "height_cm": numbers(np.rint(height).astype(np.int64)),
        "weight_before_kg": numbers(np.rint(22 * (height / 100) ** 2 + chance.rng.normal(0, 7, n)).astype(np.int64)),
        "muac_cm": decimals(muac, 1),
        "hb": where(chance.flags(n, 0.03), joined("", _comma_decimals(hb), constant(" gr%", n)), decimals(hb, 1)),
        "blood_pressure": joined("/", numbers(np.rint(systolic).astype(np.int64)),
                                 numbers(np.rint(systolic * 0.65 + chance.rng.normal(0, 4, n)).astype(np.int64))),
        "history": texts(["-", "ASMA", "HIPERTENSI"], chance.pick(n, [95, 3, 2])),
        "complication": texts(["-", "PREEKLAMPSIA", "PERDARAHAN", "KPD"], chance.pick(n, [94, 2, 2, 2])),
        **contacts,
        "anc_visits": numbers(visits),
        "iron_tablets": numbers(np.clip(np.rint(weeks * 2.4 + chance.rng.normal(0, 18, n)), 0, 180).astype(np.int64)),
        "extra_food": where((muac < 23.5) & chance.flags(n, 0.6), "Ya", "Tidak"),
        "jkn": where(world.welfare.pbi[family], "PBI", texts(["NON PBI", "TIDAK"], chance.pick(n, [5, 5]))),
        "kspr": numbers(score),
        "pregnancy_status": texts(STATUSES, status),
        "delivered_on": where(delivered, dates(np.maximum(ended, 0)), ""),
        "delivery_place": where(delivered, delivery_place, ""),
        "delivery_attendant": where(delivered, attendant, ""),
        "live_births": where(outcome == 1, born, where(outcome == 2, "0", "")),
        "still_births": where(outcome == 2, born, where(outcome == 1, "0", "")),
        "baby_weight_g": _baby_weight(world, who, delivered, chance),
        "postpartum_contraception": where(delivered, contraception, ""),
    }  # fmt: skip


def _comma_decimals(values: Floats) -> Text:
    tenths = np.rint(np.nan_to_num(values) * 10).astype(np.int64)
    return joined(",", numbers(tenths // 10), numbers(tenths % 10))


def _name_with_marks(clerk: Clerk, name: Text, husband: Text) -> Text:
    """Put NY before some names and the husband's name behind others."""
    n = len(name)
    name = where(clerk.hit(n, "name_ny"), joined("", texts(["NY. ", "NY "], clerk.chance.pick(n, [1, 1])), name), name)
    with_husband = clerk.hit(n, "name_husband")
    marked = where(clerk.chance.flags(n, 0.5), joined(" / ", name, husband), joined(" B. ", name, husband))
    return where(with_husband, marked, name)


def _a_child(world: World, who: Ints) -> Ints:
    """Return a child of each woman, whose father's name is her husband's; the woman herself where she has none here."""
    people = world.people
    child = np.arange(len(people))
    linked = np.flatnonzero(people.mother >= 0)
    child[people.mother[linked]] = linked
    return child[who]


def _earlier_births(world: World, who: Ints, delivered: Flags) -> tuple[Ints, Floats]:
    """Return how many births came before this pregnancy, and the years from the last of them to it (NaN for none)."""
    people, health = world.people, world.health
    ended = np.where(delivered, health.ended_on[who], world.as_of + 1)
    before_day = np.full(len(people), NONE)
    before_day[who] = ended
    linked = np.flatnonzero(people.mother >= 0)
    mother, birth = people.mother[linked], people.birth[linked]
    earlier = (before_day[mother] != NONE) & (birth < before_day[mother]) & (people.twin_of[linked] < 0)
    count = np.bincount(mother[earlier], minlength=len(people))
    last = np.full(len(people), NONE)
    np.maximum.at(last, mother[earlier], birth[earlier])
    years = np.where(last[who] != NONE, (health.hpht[who] - last[who]) / 365.25, np.nan)
    return count[who], np.maximum(years, 0)


def _score(age: Floats, interval: Floats, children: Ints, height: Floats, hb: Floats, systolic: Floats) -> Ints:
    """Return the Poedji Rochjati score: 2, and 4 for each factor known here (domain.md 2.6)."""
    factors = [
        age < 17,
        age >= 35,
        np.nan_to_num(interval, nan=5) < 2,
        children >= 4,
        height < 145,
        hb < 11,
        systolic >= 140,
    ]
    return np.asarray(2 + 4 * np.sum(factors, axis=0))


def _baby_weight(world: World, who: Ints, delivered: Flags, chance: Chance) -> Text:
    child = _a_child(world, who)
    grams = np.rint(world.health.birth_weight[child] * 1000 / 50).astype(np.int64) * 50
    in_kg = where(chance.flags(len(who), 0.04), decimals(grams / 1000, 2), numbers(grams))
    return where(delivered, in_kg, "")


def write_deaths(delivery: Delivery, world: World, noise: NoiseProfile, truth: RowTruth) -> None:
    """Write H3: deaths of mothers and children under five of the period, and late reports of the months before."""
    clerk = Clerk(noise, "deaths", world.chance("H3"))
    people, health, ids, chance = world.people, world.health, world.identities, clerk.chance
    age_days = health.died_on - people.birth
    months = completed_months(people.birth, np.maximum(health.died_on, people.birth))
    dead = ~health.alive
    around_birth = dead & (health.hpht != NONE) & ~people.stillborn
    child = dead & (months < 60)
    late = health.died_on < world.period_start
    reported = np.where(late, clerk.hit(len(people), "late"), clerk.hit(len(people), "coverage"))
    if not (reported & late & child).any():
        reported |= (
            child & late & (np.cumsum(child & late) == 1)
        )  # one late report, where there is a death to report late
    who = np.flatnonzero((around_birth | child) & reported)
    who = who[np.argsort(health.died_on[who], kind="stable")]
    n, family = len(who), people.family[who]
    kind = np.select(
        [people.stillborn[who], around_birth[who], age_days[who] <= 6, age_days[who] <= 27, age_days[who] <= 364],
        [4, 5, 0, 1, 2], 3,
    )  # fmt: skip
    mother_dies = kind == 5
    village, rw, rt = (getattr(world.places, f"home_{part}")[family] for part in ("village", "rw", "rt"))
    rt_text, rw_text = clerk.rt_rw(rt, rw, worded=False)
    day = health.died_on[who]
    mother = people.mother[who]
    mother_name = clerk.name(world.mother_name[who], np.zeros(n, bool))
    unnamed = (kind == 4) | ((kind == 0) & chance.flags(n, 0.7))
    after_birth = day - health.ended_on[who]
    phase = np.where(health.ended_on[who] == NONE, 0, np.where(after_birth <= 0, 1, 2))
    month = day_month_year(day)[1]
    columns = {
        "case_no": joined(
            "-",
            constant(world.kabupaten.kab4, n),
            constant(world.period[:4], n),
            numbers(month),
            numbers(np.arange(1, n + 1)),
        ),
        "delivered_kind": texts(KINDS, kind),
        "nik": where(ids.registered[who], clerk.number(ids.nik[who]), ""),
        "name": where(
            unnamed, joined(" ", constant("BY NY", n), mother_name), clerk.name(world.names[who], people.male[who])
        ),
        "sex": where(people.male[who], "L", "P"),
        "birth_date": clerk.date(people.birth[who].astype(np.int64), day),
        "died_on": dates(day),
        "mother_nik": where(mother_dies | (mother < 0), "", clerk.number(ids.nik[np.maximum(mother, 0)])),
        "mother_name": where(mother_dies, "", mother_name),
        "kec_text": texts(world.kabupaten.kecamatan_names, world.kabupaten.kecamatan_of[village]),
        "village_text": texts(world.kabupaten.village_names, village),
        "rt": rt_text,
        "rw": rw_text,
        "address": address(world.kabupaten, world.places, family, village, rw, rt, chance),
        "puskesmas": texts(world.kabupaten.puskesmas_names, world.kabupaten.puskesmas_of[village]),
        "place": texts(
            ["RS", "PUSKESMAS", "KLINIK", "RUMAH", "PERJALANAN", "LAIN"], chance.pick(n, [6, 1, 1, 3, 1, 0.3])
        ),
        "cause": where(
            mother_dies,
            texts(CAUSES_OF_MOTHERS, chance.pick(n, [3, 3, 1, 1])),
            texts(CAUSES, chance.pick(n, [4, 4, 2, 1, 2, 2])),
        ),
        "maternal_phase": where(mother_dies, texts(["HAMIL", "BERSALIN", "NIFAS"], phase), ""),
        "reported_by": texts(["MPDN", "PUSKESMAS", "RS", "DESA"], chance.pick(n, [4, 3, 2, 1])),
        "late": where(day < world.period_start, "true", "false"),
    }
    path = delivery.path("csv")
    rows = write_csv(path, delivery.dataset, columns)
    delivery.delivered(path, n)
    truth.add(delivery.dataset, path.name, rows, "self", who, world)
