"""Family planning's file: families at risk of stunting as verified (K1), with one header row or four merged ones."""

import numpy as np

from integration.sampling.chance import Flags, Ints
from integration.sampling.damage import Clerk
from integration.sampling.families import WIFE
from integration.sampling.files import XLSX_ROWS, Columns, Delivery, headers, part_of, write_csv
from integration.sampling.noise import NoiseProfile
from integration.sampling.text_columns import Text, dates, texts, where
from integration.sampling.truth import RowTruth
from integration.sampling.workbook import write_xlsx
from integration.sampling.world import World, family_risk

ONLY_FLATTENED = ("four_too", "verified_on")
"""Columns that the four-row form does not have."""
MERGED_NAMES = {
    "water_inadequate": "Sumber Air Minum Tidak Layak",
    "latrine_inadequate": "Jamban Tidak Layak",
    "too_young": "Terlalu Muda",
    "too_old": "Terlalu Tua",
    "too_close": "Terlalu Dekat",
    "too_many": "Terlalu Banyak",
}
MERGED_GROUPS = (
    # text, header row from 0, first and last column by typed name
    ("Sasaran", 0, "has_baduta", "pregnant"),
    ("Penapisan", 0, "water_inadequate", "not_modern_fp"),
    ("Fasilitas Lingkungan Tidak Sehat", 1, "water_inadequate", "latrine_inadequate"),
    ("PUS 4 Terlalu", 1, "too_young", "too_many"),
)
RANKS = ["1", "2", "3", "4", ">4", "Lebih dari 4"]


def write_krs(delivery: Delivery, world: World, noise: NoiseProfile, truth: RowTruth) -> None:
    """Write K1: most target families and few others, half a kecamatan a file, the two header forms in turn."""
    clerk = Clerk(noise, "krs", world.chance("K1"))
    people, chance = world.people, clerk.chance
    count = len(world.welfare.wealth)
    risk = family_risk(world)
    listed = np.flatnonzero(np.where(risk.target, clerk.hit(count, "coverage"), chance.flags(count, 0.03)))
    listed = np.concatenate([listed, listed[clerk.hit(len(listed), "double")]])
    village = world.places.home_village[listed]
    order = np.lexsort((chance.rng.random(len(listed)), village))
    listed, village = listed[order], village[order]
    head = np.searchsorted(people.family, listed)
    wife = np.where((head + 1 < len(people)), np.minimum(head + 1, len(people) - 1), head)
    has_wife = (people.role[wife] == WIFE) & (people.family[wife] == listed)
    columns = _answers(world, clerk, listed, has_wife) | _people(world, clerk, listed, village, head, wife, has_wife)
    kecamatan = world.kabupaten.kecamatan_of[village]
    number = 0
    for one in range(len(world.kabupaten.kecamatan_names)):
        rows = np.flatnonzero(kecamatan == one)
        middle = np.median(np.flatnonzero(world.kabupaten.kecamatan_of == one))
        for half in (rows[village[rows] <= middle], rows[village[rows] > middle]):
            number += 1
            part, persons = part_of(columns, half), (head[half], wife[half], has_wife[half])
            _write_file(delivery, world, clerk, number, part, persons, truth)


def _people(
    world: World, clerk: Clerk, listed: Ints, village: Ints, head: Ints, wife: Ints, has_wife: Flags
) -> dict[str, Text]:
    ids, places, people, n = world.identities, world.places, world.people, len(listed)
    card = np.where(clerk.hit(n, "kk_old"), ids.old_kk[listed], ids.kk[head])
    spelled, meant = clerk.village(village, world.kabupaten)
    rt, rw = clerk.rt_rw(places.home_rt[listed], places.home_rw[listed], worded=False)
    return {
        "no_kk": clerk.number(card, "kk"),
        "head_nik": clerk.number(ids.nik[head]),
        "head_name": clerk.name(world.names[head], people.male[head]),
        "wife_nik": where(has_wife, clerk.number(ids.nik[wife]), ""),
        "wife_name": where(has_wife, clerk.name(world.names[wife], np.zeros(n, bool)), ""),
        "kec_text": texts(world.kabupaten.kecamatan_names, world.kabupaten.kecamatan_of[meant]),
        "village_text": spelled,
        "rw": rw,
        "rt": rt,
    }


def _answers(world: World, clerk: Clerk, listed: Ints, has_wife: Flags) -> dict[str, Text]:
    """Return the codes 1 (yes), 2 (no), 3 (not applicable) as the cadre answered; a few answers are wrong."""
    risk, welfare, health, chance, n = family_risk(world), world.welfare, world.health, clerk.chance, len(listed)

    def answer(true: Flags) -> Flags:
        return np.asarray(true[listed] ^ clerk.hit(n, "answer_wrong"))

    pus = answer(risk.has_pus) & has_wife
    target = {
        "has_baduta": answer(risk.has_baduta),
        "has_balita": answer(risk.has_balita),
        "has_pus": pus,
        "pregnant": answer(risk.has_pregnant) & pus & (risk.has_pregnant[listed] | chance.flags(n, 0.1)),
    }
    facilities = {"water_inadequate": answer(~welfare.water_ok), "latrine_inadequate": answer(~welfare.latrine_ok)}
    four = {name: answer(getattr(risk, name)) & pus for name in ("too_young", "too_old", "too_close", "too_many")}
    not_modern = answer(~health.kb_modern) & pus
    any_four = np.any(list(four.values()), axis=0)
    targeted = np.any(list(target.values()), axis=0)
    at_risk = targeted & (facilities["water_inadequate"] | facilities["latrine_inadequate"] | any_four)
    rank = np.where(welfare.desil[listed] <= 4, welfare.desil[listed] - 1, 4 + chance.flags(n, 0.1))
    helped = chance.pick(n, [4, 1, 1, 2, 1])
    return {
        **{name: where(yes, "1", "2") for name, yes in (target | facilities).items()},
        **{name: where(pus, where(yes, "1", "2"), "3") for name, yes in four.items()},
        "four_too": where(pus, where(any_four, "1", "2"), "3"),
        "not_modern_fp": where(pus, where(not_modern, "1", "2"), "3"),
        "welfare_rank": texts(RANKS, rank),
        "assistance": texts(["8", "1", "2,3", "3", "3,7"], helped),
        "krs_category": where(at_risk, "BERISIKO", "TIDAK BERISIKO"),
        "verified_on": dates(world.as_of - chance.whole(n, 5, 80)),
    }


def _write_file(
    delivery: Delivery,
    world: World,
    clerk: Clerk,
    number: int,
    columns: dict[str, Text],
    persons: tuple[Ints, Ints, Flags],
    truth: RowTruth,
) -> None:
    head, wife, has_wife = persons
    n = len(head)
    if n > XLSX_ROWS:
        path = delivery.path("csv", number)
        rows = write_csv(path, delivery.dataset, columns)
    elif number % 2:
        path = delivery.path("xlsx", number)
        merged = {name: column for name, column in columns.items() if name not in ONLY_FLATTENED}
        header, merges, order = _merged_header(delivery.dataset, merged)
        title = ("LAPORAN HASIL",) if number % 4 == 1 else ()
        rows = write_xlsx(
            path, header, [merged[name] for name in order], titles=title, merges=merges, footer=[["Jumlah", str(n)]]
        )
    else:
        path = delivery.path("xlsx", number)
        if clerk.hit(1, "check_marks")[0]:
            columns = columns | {
                name: _check_marks(columns[name]) for name in ("has_baduta", "has_balita", "has_pus", "pregnant")
            }
        order_of = headers(delivery.dataset, columns)
        rows = write_xlsx(path, [[header for _, header in order_of]], [columns[name] for name, _ in order_of])
    delivery.delivered(path, n)
    truth.add(delivery.dataset, path.name, rows, "head", head, world)
    truth.add(delivery.dataset, path.name, rows[has_wife], "wife", wife[has_wife], world)


def _check_marks(codes: Text) -> Text:
    return where(np.array([code == "1" for code in codes.to_pylist()], bool), "V", "X")


def _merged_header(
    dataset: str, columns: Columns
) -> tuple[list[list[str]], list[tuple[int, int, int, int]], list[str]]:
    """Return the four header rows, their merged ranges and the order of the columns (contract K1)."""
    order = [name for name, _ in headers(dataset, columns)]
    plain = dict(headers(dataset, columns))
    grid = [[""] * len(order) for _ in range(4)]
    merges: list[tuple[int, int, int, int]] = []
    depth = dict.fromkeys(order, 0)
    for text, row, first, last in MERGED_GROUPS:
        left, right = order.index(first), order.index(last)
        grid[row][left] = text
        merges.append((row, left, row, right))
        for name in order[left : right + 1]:
            depth[name] = max(depth[name], row + 1)
    for position, name in enumerate(order):
        top = depth[name]
        grid[top][position] = MERGED_NAMES.get(name, plain[name])
        if top < 2:
            merges.append((top, position, 2, position))
        grid[3][position] = str(position + 1)
    return grid, merges, order
