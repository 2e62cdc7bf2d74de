"""Where families live and where they are registered: villages of the reference, RW, RT, dusun, posyandu, puskesmas."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from integration.sampling.chance import Chance, Flags, Ints
from integration.sampling.text_columns import Text, constant, joined, numbers, padded, texts, where
from warehouse.errors import DeclarationError
from warehouse.yaml_file import read_yaml

REGIONS = Path(__file__).parents[2] / "warehouse" / "reference" / "regions" / "regions.csv"
WORDS = read_yaml(Path(__file__).with_name("place_words.yaml"))

FAMILIES_PER_VILLAGE = 3_400
RT_PER_RW, RW_PER_DUSUN, RW_PER_POSYANDU = 6, 3, 1


@dataclass(frozen=True)
class Kabupaten:
    """The part of a kabupaten that the sample peoples; villages are numbered from 0 in the order of their codes."""

    code: str
    name: str
    province: str
    village_codes: list[str]
    village_names: list[str]
    kecamatan_codes: list[str]
    kecamatan_names: list[str]
    kecamatan_of: Ints
    """Number of the kecamatan, per village."""
    puskesmas_names: list[str]
    puskesmas_of: Ints
    """Number of the puskesmas, per village."""
    other_kecamatan: list[str]
    """Codes of the kecamatan outside this kabupaten but in its province."""

    @property
    def kab4(self) -> str:
        """The four digits that file names carry."""
        return self.code.replace(".", "")

    @property
    def is_kelurahan(self) -> Flags:
        """Per village: is it a kelurahan (code 1xxx), not a desa."""
        return np.array([code.split(".")[3].startswith("1") for code in self.village_codes])


def read_kabupaten(code: str, families: int) -> Kabupaten:
    """Read a kabupaten's villages from the regions reference, as many kecamatan as `families` would fill.

    Raises DeclarationError when the reference has no such kabupaten.
    """
    with REGIONS.open(encoding="utf-8", newline="") as file:
        names = {row["code"]: row["name"].upper() for row in csv.DictReader(file)}
    villages = [village for village in names if village.startswith(f"{code}.") and village.count(".") == 3]
    if not villages:
        raise DeclarationError(
            f"The regions reference has no villages of '{code}'. Wanted is a kabupaten's code such as 35.09."
        )
    all_kecamatan = sorted({village[:8] for village in villages})
    # not the first ones of the list every time: those in the middle are as good and touch each other in number
    wanted = min(len(all_kecamatan), -(-families * len(all_kecamatan) // (FAMILIES_PER_VILLAGE * len(villages))))
    start = (len(all_kecamatan) - wanted) // 2
    kecamatan = all_kecamatan[start : start + wanted]
    villages = sorted(village for village in villages if village[:8] in kecamatan)
    kecamatan_of = np.array([kecamatan.index(village[:8]) for village in villages])
    puskesmas, puskesmas_of = _puskesmas(kecamatan, kecamatan_of, names, villages)
    kab_name = names[code].removeprefix("KABUPATEN ").removeprefix("KAB. ")
    return Kabupaten(
        code=code,
        name=kab_name,
        province=names[code[:2]],
        village_codes=villages,
        village_names=[names[village] for village in villages],
        kecamatan_codes=kecamatan,
        kecamatan_names=[names[one] for one in kecamatan],
        kecamatan_of=kecamatan_of,
        puskesmas_names=puskesmas,
        puskesmas_of=puskesmas_of,
        other_kecamatan=[
            one for one in names if one.count(".") == 2 and one.startswith(code[:2]) and not one.startswith(code)
        ],
    )


def _puskesmas(
    kecamatan: list[str], kecamatan_of: Ints, names: dict[str, str], villages: list[str]
) -> tuple[list[str], Ints]:
    """Give each kecamatan a puskesmas of its name, and a second one, named after a village, where there are many."""
    puskesmas: list[str] = []
    of_village = np.zeros(len(villages), dtype=np.int64)
    for number, code in enumerate(kecamatan):
        here = np.flatnonzero(kecamatan_of == number)
        puskesmas.append(names[code])
        of_village[here] = len(puskesmas) - 1
        if len(here) >= 7:
            second = here[len(here) // 2 :]
            spare = [names[villages[v]] for v in second if names[villages[v]] not in puskesmas]
            puskesmas.append(spare[0] if spare else f"{names[code]} II")
            of_village[second] = len(puskesmas) - 1
    return puskesmas, of_village


@dataclass(frozen=True)
class Places:
    """One element per family: where it lives (`home_`) and where its card says it lives (`reg_`)."""

    home_village: Ints
    home_rw: Ints
    home_rt: Ints
    reg_village: Ints
    reg_rw: Ints
    reg_rt: Ints
    outsider: Flags
    """The whole family is registered in another kabupaten."""
    dusun_of: Ints
    """Number of the dusun word, per village and group of RW."""
    road: Ints
    house: Ints

    def dusun(self, village: Ints, rw: Ints) -> Text:
        """Return the dusun's name per row."""
        return texts(WORDS["dusun"], self.dusun_of[village, np.minimum((rw - 1) // RW_PER_DUSUN, 3)])


def settle(families: int, kabupaten: Kabupaten, seed: int) -> Places:
    """Settle families in villages of uneven size; 7 % live elsewhere than registered, 2 % are not of this kabupaten."""
    chance = Chance(seed, "places")
    villages = len(kabupaten.village_codes)
    size = chance.rng.lognormal(0, 0.35, villages)
    rws = np.clip(np.rint(size * 10), 4, 24).astype(np.int64)
    home = chance.pick(families, size)
    home_rw = chance.whole(families, 1, rws[home])
    home_rt = chance.whole(families, 1, RT_PER_RW)
    moved = chance.flags(families, 0.07)
    moved_inside = ~moved & chance.flags(families, 0.03)
    reg = np.where(moved, chance.pick(families, size), home)
    elsewhere = moved | moved_inside
    dusun = np.argsort(chance.rng.random((villages, len(WORDS["dusun"]))), axis=1)[:, :4]
    return Places(
        home_village=home,
        home_rw=home_rw,
        home_rt=home_rt,
        reg_village=reg,
        reg_rw=np.where(elsewhere, chance.whole(families, 1, rws[reg]), home_rw),
        reg_rt=np.where(elsewhere, chance.whole(families, 1, RT_PER_RW), home_rt),
        outsider=chance.flags(families, 0.02) & (np.arange(families) > 0),  # even a sample of one family has a register
        dusun_of=dusun,
        road=chance.whole(families, 0, len(WORDS["road"]) - 1),
        house=chance.whole(families, 1, 190),
    )


def posyandu(kabupaten: Kabupaten, village: Ints, rw: Ints, style: Ints) -> Text:
    """Return the posyandu's name, one per RW; `style` 0, 1, 2 writes its number as 1, 01 or I."""
    names = WORDS["posyandu"]
    number = (rw - 1) // RW_PER_POSYANDU + 1
    roman = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"]
    as_roman = (style == 2) & (number <= 10)
    written = where(
        as_roman, texts(roman, np.minimum(number, 10)), where(style == 1, padded(number, 2), numbers(number))
    )
    return joined(" ", texts(names, (village * 7 + rw // 5) % len(names)), written)


def address(
    kabupaten: Kabupaten, places: Places, family: Ints, village: Ints, rw: Ints, rt: Ints, chance: Chance
) -> Text:
    """Return addresses as people write them: dusun, sometimes a road, RT/RW or the village; most say the dusun only."""
    n = len(family)
    in_kelurahan = kabupaten.is_kelurahan[village]
    prefix = where(
        in_kelurahan,
        texts(WORDS["kelurahan_prefix"], chance.pick(n, [3, 2, 1])),
        texts(WORDS["dusun_prefix"], chance.pick(n, [5, 3, 4, 1, 1, 1.5])),
    )
    dusun = joined("", prefix, places.dusun(village, rw))
    has_road = chance.flags(n, 0.45) & in_kelurahan | chance.flags(n, 0.15)
    road = joined(
        "", texts(WORDS["road_prefix"], chance.pick(n, [4, 2, 1, 2])), texts(WORDS["road"], places.road[family])
    )
    road = joined(" NO. ", road, where(chance.flags(n, 0.6), numbers(places.house[family]), None))
    road = where(has_road, road, None)
    form = chance.pick(n, [0.88, 0.05, 0.04, 0.03])
    rt_rw = where(
        form == 1,
        joined("", constant("RT ", n), padded(rt, 3), constant(" RW ", n), padded(rw, 3)),
        where(
            form == 2,
            joined("", constant("RT.", n), padded(rt, 2), constant("/RW.", n), padded(rw, 2)),
            where(form == 3, joined("/", padded(rt, 3), padded(rw, 3)), None),
        ),
    )
    name = texts(kabupaten.village_names, village)
    tail = where(chance.flags(n, 0.08), joined("", constant("DESA ", n), name), None)
    first = where(chance.flags(n, 0.5), joined(", ", dusun, road), joined(" ", road, dusun))
    return joined(" ", first, rt_rw, tail)
