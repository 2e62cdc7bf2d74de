"""Invented people for measuring de-duplication: households, skewed names, and a quarter of the rows damaged repeats."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from integration.sampling.chance import Chance, Flags, Ints
from integration.sampling.letters import mistyped
from integration.sampling.text_columns import Text, dates, padded, put, texts, where

ORIGINALS = 0.75
"""Share of the records that are a person's first; the others repeat one of these persons, some several times."""
FIRST_DAY, LAST_DAY = -12_000, 19_500
"""Births, in days since 1970-01-01: from 1937 to 2023."""
ONSETS = ["", "B", "D", "G", "H", "J", "K", "L", "M", "N", "P", "R", "S", "T", "V", "BR", "ST", "CH", "KR"]
VOWELS = ["A", "E", "I", "O", "U", "AI", "IA", "EA"]
CODAS = ["", "", "", "N", "R", "S", "L", "M", "ND", "CK", "TH"]
ENDINGS = {"given_name": "", "surname": "ER", "locality": "TON"}


def write_population(records: Path, truth: Path, count: int, seed: int = 1) -> None:
    """Write `count` records (record_id, given_name, surname, postcode, locality, birth_date) and whose they are.

    `records` holds text but for record_id, null where nothing is said, in no order; dates are `YYYY-MM-DD`. `truth`
    holds record_id and entity. The same arguments give the same content.
    """
    chance = Chance(seed, "generic population")
    people = round(count * ORIGINALS)
    columns, birth = _people(people, chance)
    again = chance.whole(count - people, 0, people - 1)
    damaged = _damaged({name: column.take(again) for name, column in columns.items()}, birth[again], chance)
    columns["birth_date"] = dates(birth)
    columns = {name: _forgotten(column, chance) for name, column in columns.items()}
    order = chance.rng.permutation(count)
    whole = {name: pa.concat_arrays([columns[name], damaged[name]]).take(order) for name in damaged}
    pq.write_table(pa.table({"record_id": np.arange(count), **whole}), records)
    entity = np.concatenate([np.arange(people), again])[order]
    pq.write_table(pa.table({"record_id": np.arange(count), "entity": entity}), truth)


def _people(count: int, chance: Chance) -> tuple[dict[str, Text], Ints]:
    """Draw people in households that share an address and mostly a surname; give their columns and days of birth."""
    size = 1 + chance.pick(count, [30, 32, 17, 14, 7])
    household = np.repeat(np.arange(count), size)[:count]
    surnames, given = _words(30_000, "surname", chance), _words(4_000, "given_name", chance)
    localities = _words(2_500, "locality", chance)
    locality = _skewed(count, len(localities), 0.9, chance)
    # A big place has many postcodes: as many as its rank allows, all in the range of the place.
    postcode = 10_000 + locality * 30 % 89_000 + chance.whole(count, 0, 2 + 27 * 40 // (40 + locality))
    surname = _skewed(count, len(surnames), 0.95, chance)
    own = _skewed(count, len(surnames), 0.95, chance)
    columns = {
        "given_name": texts(given, _skewed(count, len(given), 1.0, chance)),
        "surname": texts(surnames, np.where(chance.flags(count, 0.85), surname[household], own)),
        "postcode": padded(postcode[household], 5),
        "locality": texts(localities, locality[household]),
    }
    return columns, chance.whole(count, FIRST_DAY, LAST_DAY)


def _damaged(columns: dict[str, Text], birth: Ints, chance: Chance) -> dict[str, Text]:
    """Write people a second time: with slips, initials, swapped or changed names, wrong dates, and some moved."""
    n = len(birth)

    def hit(rate: float) -> Flags:
        return chance.flags(n, rate)

    def slip(column: Text, rate: float) -> Text:
        return put(column, hit(rate), lambda part: mistyped(part, chance))

    stranger = pa.array(chance.rng.permutation(n))
    moved, married = hit(0.12), hit(0.03)
    given = slip(slip(columns["given_name"], 0.12), 0.03)
    given = put(given, hit(0.03), lambda part: pa.array([name[:1] for name in part.to_pylist()]))
    surname = slip(slip(where(married, columns["surname"].take(stranger), columns["surname"]), 0.10), 0.03)
    swapped = hit(0.02)
    return {
        "given_name": _forgotten(where(swapped, surname, given), chance, 0.03),
        "surname": _forgotten(where(swapped, given, surname), chance, 0.02),
        "birth_date": _forgotten(dates(_wrong(birth, chance)), chance, 0.04),
        "postcode": _forgotten(
            slip(where(moved, columns["postcode"].take(stranger), columns["postcode"]), 0.04), chance, 0.03
        ),
        "locality": _forgotten(
            slip(where(moved, columns["locality"].take(stranger), columns["locality"]), 0.04), chance, 0.02
        ),
    }


def _wrong(birth: Ints, chance: Chance) -> Ints:
    """Give days of birth of which 7 % are another day, month or year, or have day and month exchanged."""
    n = len(birth)
    step = np.array([1, -1, 10, -10, 30, -31, 365, -365, 3653])[chance.pick(n, [3, 3, 2, 2, 2, 2, 3, 3, 1])]
    wrong = np.where(chance.flags(n, 0.05), birth + step, birth)
    year = wrong.astype("datetime64[D]").astype("datetime64[Y]")
    months = wrong.astype("datetime64[D]").astype("datetime64[M]")
    month = (months - year.astype("datetime64[M]")).astype(np.int64)
    day = (wrong.astype("datetime64[D]") - months.astype("datetime64[D]")).astype(np.int64)
    exchanged = (year.astype("datetime64[M]") + day).astype("datetime64[D]").astype(np.int64) + month
    return np.where(chance.flags(n, 0.05) & (day < 12), exchanged, wrong)


def _forgotten(column: Text, chance: Chance, rate: float = 0.01) -> Text:
    return where(chance.flags(len(column), rate), None, column)


def _skewed(count: int, kinds: int, power: float, chance: Chance) -> Ints:
    """Draw ranks from 0 as Zipf and Mandelbrot say: the first ten are of a size, then rarer and rarer."""
    return chance.pick(count, 1 / (np.arange(kinds) + 10.0) ** power)


def _words(count: int, kind: str, chance: Chance) -> list[str]:
    """Make up `count` different words of one to three syllables."""
    found: dict[str, None] = {}
    while len(found) < count:
        drawn = [texts(part, chance.whole(count, 0, len(part) - 1)).to_pylist() for part in (ONSETS, VOWELS, CODAS) * 3]
        ends = 3 * (1 + chance.pick(count, [10, 65, 25]))
        words = ("".join(sounds[:end]) for *sounds, end in zip(*drawn, ends, strict=True))
        found |= dict.fromkeys(word + ENDINGS[kind] for word in words if len(word) > 2)
    return list(found)[:count]
