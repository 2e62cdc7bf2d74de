"""Social welfare's files: DTSEN families and members (S1, S2), and the older P3KE list (S3)."""

import numpy as np
import pyarrow.compute as pc

from integration.sampling.chance import Flags, Ints
from integration.sampling.damage import Clerk
from integration.sampling.families import CHILD, GRANDCHILD
from integration.sampling.files import (
    XLSX_ROWS,
    Delivery,
    accented,
    headers,
    part_of,
    write_csv,
)
from integration.sampling.noise import NoiseProfile
from integration.sampling.places import address
from integration.sampling.text_columns import Text, constant, joined, numbers, padded, texts, where
from integration.sampling.truth import RowTruth
from integration.sampling.workbook import write_xlsx
from integration.sampling.world import World, family_risk

PROGRAMMES = ("PKH", "BPNT", "PBI", "BLT DD")
P3KE_DECILES = 4
WATER_WORDS = {
    1: "AIR KEMASAN/ISI ULANG", 2: "AIR KEMASAN/ISI ULANG", 3: "LEDENG/PAM", 4: "SUMUR BOR", 5: "SUMUR TERLINDUNG",
    6: "SUMUR TIDAK TERLINDUNG", 7: "LAINNYA", 8: "LAINNYA", 9: "AIR PERMUKAAN (SUNGAI, DANAU, DLL)", 10: "AIR HUJAN",
    11: "LAINNYA",
}  # fmt: skip
"""P3KE's word per code of `id_sumber_airminum`."""


def write_dtsen(families: Delivery, members: Delivery, world: World, noise: NoiseProfile, truth: RowTruth) -> None:
    """Write S1 and S2: families and their members, some families missing, lines in Latin-1, a few lines broken."""
    clerk = Clerk(noise, "dtsen", world.chance("S1"))
    count = len(world.welfare.wealth)
    # the poor are listed more completely
    covered = clerk.hit(count, "coverage", 1.0) | ((world.welfare.desil <= 2) & clerk.chance.flags(count, 0.5))
    listed = np.flatnonzero(covered)
    card = _card(world, clerk, count)
    _write_families(families, world, clerk, listed, card, truth)
    _write_members(members, world, clerk, covered, card, truth)


def _card(world: World, clerk: Clerk, count: int) -> Ints:
    """Return each family's card as this source has it: today's, or the one before."""
    head = np.searchsorted(world.people.family, np.arange(count))
    return np.where(clerk.hit(count, "kk_old"), world.identities.old_kk, world.identities.kk[head])


def _write_families(delivery: Delivery, world: World, clerk: Clerk, listed: Ints, card: Ints, truth: RowTruth) -> None:
    chance, welfare, people = clerk.chance, world.welfare, world.people
    listed = np.concatenate([listed, listed[clerk.hit(len(listed), "double")]])
    listed = listed[chance.rng.permutation(len(listed))]
    n = len(listed)
    head = np.searchsorted(people.family, listed)
    latin1, broken = clerk.hit(n, "latin1"), clerk.hit(n, "broken_line")
    name = accented(clerk.name(world.names[head], people.male[head]), latin1)
    registered = chance.flags(n, 0.85)
    village = np.where(registered, world.places.reg_village[listed], world.places.home_village[listed])
    rw = np.where(registered, world.places.reg_rw[listed], world.places.home_rw[listed])
    rt = np.where(registered, world.places.reg_rt[listed], world.places.home_rt[listed])
    spelled, meant = clerk.village(village, world.kabupaten)
    where_to = address(world.kabupaten, world.places, listed, village, rw, rt, chance)
    with_rt = ~clerk.hit(n, "rt_missing")
    where_to = where(with_rt, joined(" ", where_to, _rt_rw_words(clerk, rt, rw)), where_to)
    kecamatan = world.kabupaten.kecamatan_of[meant]
    living = np.bincount(people.family[world.health.alive], minlength=len(welfare.wealth))
    stale = clerk.hit(n, "stale_water")
    water = np.where(stale, np.array([6, 4, 5, 2])[chance.pick(n, [4, 3, 3, 2])], welfare.water[listed])
    no_decile = texts(["", "Belum Ada Desil", "6-10"], chance.pick(n, [3, 1, 1]))
    house = {key: numbers(values[listed]) for key, values in welfare.house.items()}
    columns = {
        "no_kk": clerk.number(card[listed], "kk"),
        "head_name": name,
        "province_code": constant(world.kabupaten.code[:2], n),
        "province_text": constant(world.kabupaten.province, n),
        "kab_text_code": constant(world.kabupaten.code, n),
        "kab_text": constant(world.kabupaten.name, n),
        "kec_text_code": texts(world.kabupaten.kecamatan_codes, kecamatan),
        "kec_text": texts(world.kabupaten.kecamatan_names, kecamatan),
        "village_text_code": texts(world.kabupaten.village_codes, meant),
        "village_text": spelled,
        "address": where(clerk.hit(n, "address_missing"), "", where_to),
        "members": numbers(np.maximum(1, living[listed] + np.array([0, 1, -1])[chance.pick(n, [92, 5, 3])])),
        "desil_nasional": where(chance.flags(n, 0.01), no_decile, numbers(welfare.desil[listed])),
        "tenure": house["id_status_penguasaan_bangunan"],
        "floor": house["id_lantai_terluas"],
        "floor_m2": house["luas_lantai_bangunan"],
        "wall": house["id_dinding_terluas"],
        "roof": house["id_atap_terluas"],
        "water_source": where(chance.flags(n, 0.008), "", numbers(water)),
        "lighting": house["id_sumberpenerangan"],
        "cooking_fuel": house["id_bb_utama"],
        "latrine_facility": where(chance.flags(n, 0.008), "", numbers(welfare.facility[listed])),
        "closet": numbers(welfare.closet[listed], missing=welfare.closet[listed] == 0),
        "sewage": numbers(welfare.disposal[listed], missing=welfare.disposal[listed] == 0),
        "programmes": _programmes(world, listed, chance.flags(n, 0.2)),
        "extreme_poverty_local": where((welfare.desil[listed] == 1) & chance.flags(n, 0.6), "1", "0"),
        "cut_off": texts([f"{world.period[:4]}-{month:02d}-30" for month in (6, 9)], chance.pick(n, [1, 9]))
        if world.period[5:] >= "10" else constant(f"{int(world.period[:4]) - 1}-12-31", n),
    }  # fmt: skip
    path = delivery.path("csv")
    rows = write_csv(path, delivery.dataset, columns, separator="|", latin1=latin1, broken=broken)
    delivery.delivered(path, n, f"keluarga_dtsen_v3_{world.period[:4]}_{world.kabupaten.code}.csv")
    truth.add(delivery.dataset, path.name, rows[~broken], "head", head[~broken], world)


def _rt_rw_words(clerk: Clerk, rt: Ints, rw: Ints) -> Text:
    n = len(rt)
    plain = joined("", constant("RT ", n), padded(rt, 3), constant(" RW ", n), padded(rw, 3))
    return where(clerk.chance.flags(n, 0.3), joined("/", padded(rt, 3), padded(rw, 3)), plain)


def _programmes(world: World, families: Ints, semicolon: Flags) -> Text:
    welfare = world.welfare
    held = [where(flags[families], name, None) for name, flags in zip(
        PROGRAMMES, (welfare.pkh, welfare.bpnt, welfare.pbi, welfare.blt_dd), strict=True)]  # fmt: skip
    return where(semicolon, joined(";", *held), joined(",", *held))


def _write_members(delivery: Delivery, world: World, clerk: Clerk, covered: Flags, card: Ints, truth: RowTruth) -> None:
    people, ids, chance = world.people, world.identities, clerk.chance
    n_all = len(people)
    listed = covered[people.family] & ~people.stillborn & clerk.hit(n_all, "member_coverage")
    # the list is older than the newest children and deaths
    listed &= (people.birth < world.as_of - 45) & (world.health.alive | chance.flags(n_all, 0.7))
    who = np.flatnonzero(listed)
    n, family = len(who), people.family[who]
    latin1, broken = clerk.hit(n, "latin1"), clerk.hit(n, "broken_line")
    pbi = world.welfare.pbi[family]
    young = np.isin(people.role[who], (CHILD, GRANDCHILD)) & (people.age(world.as_of)[who] < 5)
    columns = {
        "nik": clerk.number(ids.nik[who]),
        "no_kk": clerk.number(card[family], "kk"),
        "name": accented(clerk.name(world.names[who], people.male[who]), latin1),
        "birth_date": clerk.date(people.birth[who].astype(np.int64), world.as_of),
        "sex": where(people.male[who] ^ clerk.hit(n, "sex_wrong"), "1", "2"),
        "relationship": numbers(people.role[who].astype(np.int64)),
        "marital_status": numbers(people.marital[who].astype(np.int64)),
        "pbi_national": where(pbi, "1", "0"),
        "pbi_local": where(~pbi & chance.flags(n, 0.1), "1", "0"),
        "nutrition_condition": where(young, texts(["1", "2", "3"], chance.pick(n, [1, 2, 7])), ""),
        "desil_nasional": numbers(world.welfare.desil[family]),
    }
    path = delivery.path("csv")
    rows = write_csv(path, delivery.dataset, columns, separator="|", latin1=latin1, broken=broken)
    delivery.delivered(path, n, f"anggota_keluarga_dtsen_v3_{world.period[:4]}_{world.kabupaten.code}.csv")
    truth.add(delivery.dataset, path.name, rows[~broken], "self", who[~broken], world)


def write_p3ke(delivery: Delivery, world: World, noise: NoiseProfile, truth: RowTruth) -> None:
    """Write S3: families of deciles 1 to 4, one file per kecamatan with two title rows and the header in row 4."""
    clerk = Clerk(noise, "p3ke", world.chance("S3"))
    chance, welfare, people = clerk.chance, world.welfare, world.people
    count = len(welfare.wealth)
    # P3KE is some years older than DTSEN: its deciles differ a little
    decile = np.clip(welfare.desil + chance.pick(count, [2, 6, 2]) - 1, 1, 10)
    listed = np.flatnonzero((decile <= P3KE_DECILES) & clerk.hit(count, "coverage"))
    listed = np.concatenate([listed, listed[clerk.hit(len(listed), "double")]])
    listed = listed[np.argsort(world.places.home_village[listed], kind="stable")]
    n = len(listed)
    head = np.searchsorted(people.family, listed)
    village = world.places.home_village[listed]
    spelled, meant = clerk.village(village, world.kabupaten)
    rw, rt = world.places.home_rw[listed], world.places.home_rt[listed]
    line = address(world.kabupaten, world.places, listed, village, rw, rt, chance)
    line = where(clerk.hit(n, "rt_missing"), line, joined(" ", line, _rt_rw_words(clerk, rt, rw)))
    nik = clerk.number(world.identities.nik[head])
    empty_nik = np.asarray(pc.less(pc.utf8_length(nik), 10))
    facility = np.select(
        [welfare.facility[listed] == 6, welfare.facility[listed] == 5, welfare.facility[listed] == 1], [3, 2, 0], 1
    )
    risk = family_risk(world)
    yes_no = ["YA", "TIDAK"]

    def flag(held: Flags) -> Text:
        return where(held, *yes_no)

    village_digits = texts([code.replace(".", "") for code in world.kabupaten.village_codes], meant)
    stunting_risk = where(risk.krs[listed], "BERESIKO STUNTING", "TIDAK BERESIKO STUNTING")
    columns = {
        "p3ke_id": joined("", village_digits, padded(listed, 7)),
        "province_text": constant(world.kabupaten.province, n),
        "kab_text": constant(world.kabupaten.name, n),
        "kec_text": texts(world.kabupaten.kecamatan_names, world.kabupaten.kecamatan_of[meant]),
        "village_text": spelled,
        "village_text_code": texts(world.kabupaten.village_codes, meant),
        "desil_kesejahteraan": numbers(decile[listed]),
        "address": where(clerk.hit(n, "address_missing"), "KOSONG", line),
        "head_name": clerk.name(world.names[head], people.male[head]),
        "nik": where(empty_nik, texts(["KOSONG", ""], chance.pick(n, [7, 3])), nik),
        "dukcapil_match": where(empty_nik, "KOSONG", texts(["PADAN", "TIDAK PADAN"], chance.pick(n, [9, 1]))),
        "sex": where(people.male[head] ^ clerk.hit(n, "sex_wrong"), "LAKI-LAKI", "PEREMPUAN"),
        "birth_date": clerk.date(people.birth[head].astype(np.int64), world.as_of),
        "occupation": texts(["PETANI", "BURUH", "PEDAGANG", "TIDAK BEKERJA"], chance.pick(n, [4, 4, 2, 1])),
        "education": texts(["TIDAK TAMAT SD", "SD", "SMP", "SMA", "KOSONG"], chance.pick(n, [3, 5, 3, 2, 1])),
        "tenure_text": texts(["MILIK SENDIRI", "KONTRAK/SEWA", "BEBAS SEWA", "DINAS", "LAINNYA"],
                             welfare.house["id_status_penguasaan_bangunan"][listed] - 1),
        "savings": texts(["YA", "TIDAK"], chance.pick(n, [2, 8])),
        "roof_text": texts(["GENTENG", "ASBES/SENG", "LAINNYA"], chance.pick(n, [7, 2, 1])),
        "wall_text": texts(["TEMBOK", "KAYU/PAPAN", "BAMBU", "LAINNYA"], chance.pick(n, [6, 2, 2, 1])),
        "floor_text": texts(["KERAMIK", "SEMEN", "TANAH", "LAINNYA"], chance.pick(n, [4, 4, 2, 1])),
        "lighting_text": texts(["LISTRIK PRIBADI", "LISTRIK BERSAMA", "NON LISTRIK"], chance.pick(n, [8, 2, 0.2])),
        "fuel_text": texts(["LISTRIK/GAS", "ARANG/KAYU", "LAINNYA"], chance.pick(n, [6, 4, 0.2])),
        "water_text": texts([WATER_WORDS[code] for code in range(1, 12)], welfare.water[listed] - 1),
        "latrine_text": texts(["MILIK SENDIRI", "UMUM/BERSAMA", "LAINNYA", "KOSONG"], facility),
        "bpnt": flag(welfare.bpnt[listed]),
        "bpum": flag(chance.flags(n, 0.05)),
        "bst": flag(chance.flags(n, 0.08)),
        "pkh": flag(welfare.pkh[listed]),
        "sembako": flag(welfare.bpnt[listed] & chance.flags(n, 0.9)),
        "stunting_risk": where(risk.target[listed], stunting_risk, "BUKAN TARGET SASARAN"),
        "targeting": where(decile[listed] == 1, "MISKIN EKSTREM", "MISKIN"),
    }  # fmt: skip
    kecamatan = world.kabupaten.kecamatan_of[village]
    for number, name in enumerate(world.kabupaten.kecamatan_names):
        rows = np.flatnonzero(kecamatan == number)
        for start in range(0, max(len(rows), 1), XLSX_ROWS):
            one = rows[start : start + XLSX_ROWS]
            _write_p3ke_file(delivery, world, part_of(columns, one), name, head[one], truth)


def _write_p3ke_file(
    delivery: Delivery, world: World, columns: dict[str, Text], kecamatan: str, head: Ints, truth: RowTruth
) -> None:
    path = delivery.path("xlsx", len(delivery.files) + 1)
    order = headers(delivery.dataset, columns, {"bpnt": "Penerima BNPT"})
    rows = write_xlsx(
        path,
        [[header for _, header in order]],
        [columns[name] for name, _ in order],
        titles=("DATA KELUARGA P3KE", f"KECAMATAN {kecamatan} KABUPATEN {world.kabupaten.name}", ""),
    )
    delivery.delivered(path, len(head))
    truth.add(delivery.dataset, path.name, rows, "head", head, world)
