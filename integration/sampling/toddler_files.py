"""The health office's toddler measurements (H1): one entry per child and posyandu, measured month by month."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow.compute as pc

from integration.sampling.chance import Chance, Flags, Floats, Ints
from integration.sampling.damage import NULL_TOKENS, PLACEHOLDERS, Clerk
from integration.sampling.files import XLSX_ROWS, Columns, Delivery, headers, part_of, signature, write_csv
from integration.sampling.health import RECUMBENT_UNTIL, who_table
from integration.sampling.identity import day_month_year
from integration.sampling.noise import NoiseProfile
from integration.sampling.places import address, posyandu
from integration.sampling.text_columns import Text, constant, dates, decimals, joined, numbers, put, texts, where
from integration.sampling.truth import RowTruth
from integration.sampling.workbook import write_xlsx
from integration.sampling.world import World, completed_months

STANDING_SHORTER = 0.7
"""cm by which a child measured standing is shorter than lying (WHO)."""
WEIGHT_CLASSES = ("Sangat Kurang", "Kurang", "Berat Badan Normal", "Risiko Lebih")
HEIGHT_CLASSES = ("Sangat Pendek", "Pendek", "Normal", "Tinggi")
WASTING_CLASSES = ("Gizi Buruk", "Gizi Kurang", "Gizi Baik", "Risiko Gizi Lebih", "Gizi Lebih", "Obesitas")
LAYOUTS = {
    # columns of the contract that a layout lacks
    "2025": {"pmt_kg"},
    "2024": {"mother_class", "mbg"},
    "old": {"position", "mother_class", "mbg", "detail"},
}
LAYOUT_TURN = ("2025", "2024", "old", "2025", "2024", "2025")
"""Layout by (number of the puskesmas + months before the last) modulo 6: three months have all three layouts."""
CSV_EVERY = 9
"""Every so many puskesmas one sends CSV."""


@dataclass(frozen=True)
class Entries:
    """One element per child and posyandu it is entered in; identity as the health worker typed it once."""

    who: Ints
    village: Ints
    rw: Ints
    columns: dict[str, Text]
    masked_nik: Text
    by_ny: Flags
    name_of_newborn: Text
    diligence: Floats
    """Chance of being brought to a weighing."""


def write_toddlers(out_of: dict[str, Delivery], world: World, noise: NoiseProfile, truth: RowTruth) -> None:
    """Write H1 for each period in `out_of` (in order of time), one file per puskesmas."""
    clerk = Clerk(noise, "toddlers", world.chance("H1"))
    periods = list(out_of)
    first = _first_day(periods[0])
    entries = _enter(world, clerk, first)
    weight_before = _weight_of_month_before(world, clerk.chance, entries, first)
    for number, period in enumerate(periods):
        month = replace(clerk, chance=world.chance(f"H1 {period}"))
        weight_before = _write_month(
            out_of[period], world, month, entries, weight_before, period, len(periods) - 1 - number, truth
        )


def _weight_of_month_before(world: World, chance: Chance, entries: Entries, first: int) -> Floats:
    """Return the weights (kg) of the month before the first one written; NaN for who was not weighed then."""
    age = first - 15.0 - world.people.birth[entries.who]
    male = world.people.male[entries.who]
    weight = who_table("weight_for_age").value(male, age, world.health.waz[entries.who])
    return np.where((age > 0) & (chance.rng.random(len(age)) < entries.diligence), np.round(weight, 1), np.nan)


def _first_day(period: str) -> int:
    return int(np.datetime64(period, "M").astype("datetime64[D]").astype(np.int64))


def _enter(world: World, clerk: Clerk, first: int) -> Entries:
    people, ids, places, health, chance = world.people, world.identities, world.places, world.health, clerk.chance
    months_at_first = completed_months(people.birth, first)
    child = ~people.stillborn & (months_at_first < 60) & (health.alive | (health.died_on > first))
    who = np.flatnonzero(child & (health.moved_on < 0))
    again = who[clerk.hit(len(who), "double")]
    second = np.concatenate([np.zeros(len(who), bool), np.ones(len(again), bool)])
    who = np.concatenate([who, again])
    n, family = len(who), people.family[who]
    home = places.home_village[family]
    beside = np.clip(home + np.where(chance.flags(n, 0.5), 1, -1), 0, len(world.kabupaten.village_codes) - 1)
    village = np.where(second & chance.flags(n, 0.5), beside, home)
    rw = np.where(second, np.maximum(1, (places.home_rw[family] + 2) % 8), places.home_rw[family])
    rt = places.home_rt[family]
    male = people.male[who]
    name = clerk.name(world.names[who], male)
    rt_text, rw_text = clerk.rt_rw(rt, rw)
    village_text, meant = clerk.village(village, world.kabupaten)
    birth = people.birth[who].astype(np.int64)
    # a date typed wrong must not lie after the child's first weighing, else the system itself would refuse it
    latest = np.maximum(birth, np.minimum(first, world.as_of))
    columns = {
        "nik": _nik(world, clerk, who),
        "name": name,
        "sex": where(male ^ clerk.hit(n, "sex_wrong"), "L", "P"),
        "birth_date": clerk.date(birth, latest),
        "birth_weight_kg": where(chance.flags(n, 0.06), "0", decimals(health.birth_weight[who], 1)),
        "birth_length_cm": where(
            chance.flags(n, 0.06), "0", numbers(np.rint(health.birth_length[who]).astype(np.int64))
        ),
        "parent_name": _parent(world, clerk, who),
        "province_text": constant(world.kabupaten.province, n),
        "kab_text": constant(world.kabupaten.name, n),
        "kec_text": texts(world.kabupaten.kecamatan_names, world.kabupaten.kecamatan_of[village]),
        "puskesmas": texts(world.kabupaten.puskesmas_names, world.kabupaten.puskesmas_of[village]),
        "village_text": village_text,
        "posyandu": posyandu(world.kabupaten, village, rw, chance.pick(n, [6, 1, 1])),
        "rt": rt_text,
        "rw": rw_text,
        "address": where(
            clerk.hit(n, "address_missing"), "", address(world.kabupaten, places, family, meant, rw, rt, chance)
        ),
    }
    mother = clerk.name(world.mother_name[who], np.zeros(n, bool))
    prefix = texts(["BY NY ", "BY. NY. ", "BAYI NY ", "BAYI ", "AN. "], chance.pick(n, [5, 2, 2, 1, 0.5]))
    return Entries(
        who, village, rw, columns,
        masked_nik=clerk.masked(ids.nik[who]),
        by_ny=clerk.hit(n, "name_by_ny"),
        name_of_newborn=joined("", prefix, mother),
        diligence=np.clip(clerk.noise.rate("toddlers", "coverage") + chance.rng.normal(0, 0.06, n), 0, 1),
    )  # fmt: skip


def _nik(world: World, clerk: Clerk, who: Ints) -> Text:
    people, ids, chance, n = world.people, world.identities, clerk.chance, len(who)
    mother = people.mother[who]
    of_mother = clerk.hit(n, "nik_mother") & (mother >= 0)
    column = clerk.number(np.where(of_mother, ids.nik[np.maximum(mother, 0)], ids.nik[who]))
    newborn = world.as_of - people.birth[who] < 183 + 30 * world.months
    # a child without a NIK of its own gets what the form accepts
    unregistered = ~ids.registered[who] & ~ids.outsider[who]
    placeholder = newborn & (clerk.hit(n, "nik_placeholder") | unregistered & chance.flags(n, 0.4))
    with_zeros = joined("", numbers(ids.nik[who] // 10**4), constant("0000", n))
    choice = chance.pick(n, [5, 2, 1, 1, 3])
    column = where(placeholder, where(choice == 4, with_zeros, texts(PLACEHOLDERS, np.minimum(choice, 3))), column)
    return where(unregistered & ~placeholder, texts(NULL_TOKENS, chance.pick(n, [3, 8, 2, 2, 1, 0.5])), column)


def _parent(world: World, clerk: Clerk, who: Ints) -> Text:
    n, chance = len(who), clerk.chance
    mother = clerk.name(world.mother_name[who], np.zeros(n, bool))
    father = clerk.name(world.father_name[who], np.ones(n, bool))
    both = joined(" / ", father, mother)
    column = where(clerk.hit(n, "parent_father"), father, mother)
    column = where(clerk.hit(n, "parent_both"), both, column)
    return where(clerk.hit(n, "parent_missing"), texts(["-", ""], chance.pick(n, [1, 1])), column)


def _write_month(
    delivery: Delivery,
    world: World,
    clerk: Clerk,
    entries: Entries,
    weight_before: Floats,
    period: str,
    months_back: int,
    truth: RowTruth,
) -> Floats:
    """Write one month's files; return the weights (kg) entered, NaN for who was not weighed."""
    chance, people, health = clerk.chance, world.people, world.health
    first = _first_day(period)
    last = int((np.datetime64(period, "M") + 1).astype("datetime64[D]").astype(np.int64)) - 1
    who = entries.who
    birth = people.birth[who].astype(np.int64)
    day = np.minimum(first + 4 + (entries.village * 5 + entries.rw * 3) % 20 + chance.whole(len(who), 0, 3), last)
    there = (birth <= day) & (completed_months(birth, day) < 60) & (health.alive[who] | (health.died_on[who] > day))
    brought = np.flatnonzero(there & (chance.rng.random(len(who)) < entries.diligence))
    pick = brought
    day, birth = day[pick], birth[pick]
    measured, weight = _measured(world, clerk, who[pick], birth, day, weight_before[pick])
    columns = part_of(entries.columns, pick)
    newborn = entries.by_ny[pick] & (day - birth < 90)
    columns["name"] = where(newborn, entries.name_of_newborn.take(pick), columns["name"])
    columns |= {"age_text": _age_text(birth, day), "measured_on": dates(day), **measured}
    columns |= _services(chance, birth, day)

    puskesmas = world.kabupaten.puskesmas_of[entries.village[pick]]
    order = np.lexsort((chance.rng.random(len(pick)), entries.village[pick]))
    masked = entries.masked_nik.take(pick)
    for number in range(len(world.kabupaten.puskesmas_names)):
        rows = order[puskesmas[order] == number]
        layout = LAYOUT_TURN[(number + months_back) % len(LAYOUT_TURN)]
        part = part_of(columns, rows)
        mask = clerk.hit(len(rows), "nik_masked_2025" if layout == "2025" else "nik_masked")
        part["nik"] = where(mask, masked.take(rows), part["nik"])
        part["row_number"] = numbers(np.arange(1, len(rows) + 1))
        kept = {name: column for name, column in part.items() if name not in LAYOUTS[layout]}
        _write_file(delivery, world, number, kept, who[pick[rows]], truth)
    after = np.full(len(who), np.nan)
    after[pick] = weight
    return after


def _write_file(delivery: Delivery, world: World, number: int, columns: Columns, people: Ints, truth: RowTruth) -> None:
    n = len(people)
    if n > XLSX_ROWS or number % CSV_EVERY == CSV_EVERY - 1:
        path = delivery.path("csv", number + 1)
        rows = write_csv(path, delivery.dataset, columns)
    else:
        path = delivery.path("xlsx", number + 1)
        order = headers(delivery.dataset, columns)
        title = [(), ("LAPORAN HASIL", "KABUPATEN"), ("DAFTAR BALITA",), ("LAPORAN HASIL", "KABUPATEN", "")][number % 4]
        place = f"Puskesmas {world.kabupaten.puskesmas_names[number]}"
        footer = [[], signature(n, place), [["Jumlah", str(n)]]][number % 3]
        weighed = {"weight_kg", "height_cm", "row_number"} if number % 3 == 1 else set()
        rows = write_xlsx(
            path, [[header for _, header in order]], [columns[name] for name, _ in order], titles=title, footer=footer,
            as_numbers=frozenset(i for i, (name, _) in enumerate(order) if name in weighed),
            as_floats=frozenset({1}),
        )  # fmt: skip
    delivery.delivered(path, n)
    truth.add(delivery.dataset, path.name, rows, "self", people, world)


def _measured(
    world: World, clerk: Clerk, who: Ints, birth: Ints, day: Ints, weight_before: Floats
) -> tuple[dict[str, Text], Floats]:
    """Measure children with the errors of a posyandu: return the cells and the weights (kg) as written."""
    n, chance, male = len(who), clerk.chance, world.people.male[who]
    age = (day - birth).astype(float)
    lying = age < RECUMBENT_UNTIL
    height = who_table("length_height_for_age").value(male, age, world.health.haz[who] + chance.rng.normal(0, 0.06, n))
    weight_z = world.health.waz[who] + chance.rng.normal(0, 0.10, n)
    weight = np.maximum(who_table("weight_for_age").value(male, age, weight_z) + chance.rng.normal(0, 0.1, n), 0.9)
    wrong_way = clerk.hit(n, "position_wrong") & (age > 270)
    lay = lying ^ wrong_way
    posture = np.where(wrong_way, np.where(lay, STANDING_SHORTER, -STANDING_SHORTER), 0)
    height = height + posture + chance.rng.normal(0, 0.5, n)
    preferred = clerk.hit(n, "digit_preference")
    height = np.round(np.where(preferred, np.rint(height * 2) / 2, height), 1)
    weight = np.round(weight, 1)

    corrected = height + np.where(lay == lying, 0, np.where(lying, STANDING_SHORTER, -STANDING_SHORTER))
    haz = who_table("length_height_for_age").z(male, age, corrected)
    waz = who_table("weight_for_age").z(male, age, weight)
    whz = np.where(
        lying,
        who_table("weight_for_length").z(male, corrected, weight),
        who_table("weight_for_height").z(male, corrected, weight),
    )
    before = weight_before + 0.05
    gain = np.select([np.isnan(before) & (age < 45), np.isnan(before), weight > before], [3, 2, 0], 1)
    weight_cell, height_cell = decimals(weight, 1), decimals(height, 1)
    weight_cell = put(
        weight_cell, hit := clerk.hit(n, "grams"), lambda _: numbers(np.rint(weight[hit] * 1000).astype(int))
    )
    height_cell = put(
        height_cell, tall := clerk.hit(n, "millimetres"), lambda _: numbers(np.rint(height[tall] * 10).astype(int))
    )
    swapped = clerk.hit(n, "swapped")
    weight_cell, height_cell = where(swapped, height_cell, weight_cell), where(swapped, weight_cell, height_cell)
    weight_cell, height_cell = (_comma(cell, clerk.hit(n, "decimal_comma")) for cell in (weight_cell, height_cell))
    no_height = clerk.hit(n, "height_missing")
    muac = np.clip(14.2 + 0.9 * (waz - haz) * 0.3 + 0.6 * waz + chance.rng.normal(0, 0.7, n), 9, 22)
    cells = {
        "weight_kg": weight_cell,
        "height_cm": where(no_height, texts(["", "0", "-"], chance.pick(n, [1, 1, 1])), height_cell),
        "position": where(lay, texts(["Terlentang", "Telentang"], chance.pick(n, [9, 1])), "Berdiri"),
        "muac_cm": where(chance.flags(n, 0.5) | (age < 180), "0", decimals(muac, 1)),
        "underweight_source": _grade(waz, (-3, -2, 1), WEIGHT_CLASSES),
        "waz_source": _z(clerk, waz),
        "stunting_source": where(no_height, "-", _grade(haz, (-3, -2, 3), HEIGHT_CLASSES)),
        "haz_source": where(no_height, "-", _z(clerk, haz)),
        "wasting_source": where(no_height, "-", _grade(whz, (-3, -2, 1, 2, 3), WASTING_CLASSES)),
        "whz_source": where(no_height, "-", _z(clerk, whz)),
        "weight_gain": texts(["N", "T", "O", "B"], gain),
    }  # fmt: skip
    return cells, weight


def _comma(cells: Text, mask: Flags) -> Text:
    return put(cells, mask, lambda part: pc.replace_substring(part, ".", ","))


def _z(clerk: Clerk, z: Floats) -> Text:
    """Return z-scores with two decimals; what the system finds impossible is called an outlier."""
    return where(np.abs(z) > 6, "Outlier", _comma(decimals(z, 2), clerk.hit(len(z), "decimal_comma")))


def _grade(z: Floats, limits: tuple[float, ...], labels: tuple[str, ...]) -> Text:
    """Name the class of rounded z-scores: -3 and -2 belong to the class above them, 1 to 3 to the class below."""
    rounded = np.round(z, 2)
    grade = sum(((rounded >= limit) if limit < 0 else (rounded > limit)).astype(int) for limit in limits)
    return texts(labels, np.asarray(grade))


def _age_text(birth: Ints, day: Ints) -> Text:
    months = completed_months(birth, day)
    born_day, born_month, born_year = day_month_year(birth)
    start = (
        ((born_year - 1970) * 12 + born_month - 1 + months)
        .astype("datetime64[M]")
        .astype("datetime64[D]")
        .astype(np.int64)
    )
    days = np.maximum(day - (start + born_day - 1), 0)
    n = len(birth)
    return joined(
        "", numbers(months // 12), constant(" Tahun - ", n), numbers(months % 12), constant(" Bulan - ", n),
        numbers(days), constant(" Hari", n),
    )  # fmt: skip


def _services(chance: Chance, birth: Ints, day: Ints) -> dict[str, Text]:
    n = len(birth)
    yes_no = ["Ya", "Tidak"]
    return {
        "pmt_kg": texts(["0", "-", "2", "3"], chance.pick(n, [5, 3, 1, 1])),
        "vit_a_count": where(day - birth < 180, "-", texts(["0", "1", "2", "-"], chance.pick(n, [1, 4, 4, 2]))),
        "kpsp": texts(["Ya", "Tidak", "-"], chance.pick(n, [4, 2, 4])),
        "kia_book": texts(yes_no, chance.pick(n, [8, 2])),
        "mother_class": texts(yes_no, chance.pick(n, [4, 6])),
        "mbg": texts(yes_no, chance.pick(n, [2, 8])),
        "detail": constant("-", n),
    }
