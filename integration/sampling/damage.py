"""How true values become what a clerk or a system wrote; how often, a noise profile says."""

from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from integration.sampling.chance import Chance, Flags, Ints
from integration.sampling.identity import day_month_year
from integration.sampling.letters import mistyped
from integration.sampling.names import MAX_WORDS, Names, spell, words
from integration.sampling.noise import NoiseProfile
from integration.sampling.places import RT_PER_RW, Kabupaten
from integration.sampling.text_columns import Text, constant, dates, joined, numbers, padded, put, texts, where

NULL_TOKENS = ["-", "", "0", "belum ada", "NULL", "--"]
PLACEHOLDERS = ["9999999999999999", "0000000000000000", "1234567890123456", "1111111111111111"]
TITLES_OF_MEN, TITLES_OF_WOMEN = (
    ["H. ", "H ", "DRS. ", "KH. ", "GUS ", "UST. "],
    ["HJ. ", "HJ ", "DRA. ", "NY. ", "NYAI "],
)
MONTHS = ["Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agt", "Sep", "Okt", "Nov", "Des"]
ENGLISH_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
EXCEL_EPOCH = -25_569
"""1899-12-30, the day Excel's serials count from, in days since 1970-01-01."""


@dataclass(frozen=True)
class Clerk:
    """Writes one dataset with the damage that the profile's section says; each call draws on."""

    noise: NoiseProfile
    section: str
    chance: Chance

    def hit(self, n: int, damage: str, factor: float = 1.0) -> Flags:
        """Return which of `n` cells a damage hits."""
        return self.chance.flags(n, min(1.0, self.noise.rate(self.section, damage) * factor))

    # -- names -------------------------------------------------------------------------------------------------
    def name(self, names: Names, male: Flags) -> Text:
        """Return names as this clerk writes them; never null."""
        n = len(names)
        written = self._other_words(names.astype(np.int64))
        column = spell(written.astype(np.int16))
        column = put(column, self.hit(n, "name_typo"), lambda part: mistyped(part, self.chance))
        far = self.hit(n, "name_far")
        for _ in range(3):
            column = put(column, far, lambda part: mistyped(part, self.chance))
        column = put(column, self.hit(n, "name_spacing"), self._spacing)
        alias = self.hit(n, "name_alias")
        short = spell(np.where(np.arange(MAX_WORDS)[None, :] == 0, names, -1).astype(np.int16))
        column = where(alias, joined(" ALIAS ", column, short), column)
        titled = self.hit(n, "name_title")
        title = where(
            male,
            texts(TITLES_OF_MEN, self.chance.pick(n, [5, 2, 1, 1, 1, 1])),
            texts(TITLES_OF_WOMEN, self.chance.pick(n, [5, 2, 1, 2, 1])),
        )
        column = where(titled, joined("", title, column), column)
        lower = self.hit(n, "name_case")
        title_case = self.chance.flags(n, 0.7)
        column = put(column, lower & title_case, pc.utf8_title)
        return put(column, lower & ~title_case, pc.utf8_lower)

    def _other_words(self, names: Ints) -> Ints:
        vocabulary = words()
        n, rows = len(names), np.arange(len(names))
        names = names.copy()
        count = (names >= 0).sum(axis=1)
        several = count > 1
        other = vocabulary.variants[np.maximum(names, 0), self.chance.whole(n, 0, 3)[:, None]]
        differs = (other != names) & (names >= 0)
        hit = self.hit(n, "name_variant", 2.0) & differs.any(axis=1)
        at = differs.argmax(axis=1)
        names[rows[hit], at[hit]] = other[rows[hit], at[hit]]

        shortened = self.hit(n, "name_shortened") & several
        drop = np.where(self.chance.flags(n, 0.7), count - 1, 0)
        drop = np.where(vocabulary.begins_only[np.maximum(names[:, 0], 0)] & (count == 2) & (drop == 1), 0, drop)
        names[rows[shortened], drop[shortened]] = -1
        nickname = self.hit(n, "name_nickname") & several
        kept = np.floor(self.chance.rng.random(n) * count).astype(np.int64)
        begins = vocabulary.begins_only[np.maximum(names[rows, kept], 0)]
        kept = np.where(begins, np.minimum(kept + 1, count - 1), kept)
        names[nickname] = np.where(np.arange(MAX_WORDS)[None, :] == kept[:, None], names, -1)[nickname]

        abbreviated = self.hit(n, "name_abbreviated") & ((names >= 0).sum(axis=1) > 1)
        first = (names >= 0).argmax(axis=1)
        last = MAX_WORDS - 1 - (names[:, ::-1] >= 0).argmax(axis=1)
        at = np.where(self.chance.flags(n, 0.35), first, last)
        names[rows[abbreviated], at[abbreviated]] = vocabulary.initial[names[rows[abbreviated], at[abbreviated]]]
        return names

    def _spacing(self, column: Text) -> Text:
        tight = self.chance.flags(len(column), 0.5)
        return where(
            tight,
            pc.replace_substring(column, " ", "", max_replacements=1),
            pc.replace_substring(column, " ", "  ", max_replacements=1),
        )

    # -- numbers -----------------------------------------------------------------------------------------------
    def number(self, values: Ints, kind: str = "nik") -> Text:
        """Return 16-digit numbers as written: with a wrong digit, quoted, as a float, or none (always so for 0)."""
        n = len(values)
        typo = self.hit(n, f"{kind}_typo")
        power = 10 ** self.chance.whole(n, 0, 9)
        digit, before = values // power % 10, values // (power * 10) % 10
        swapped = values + (before - digit) * power + (digit - before) * power * 10
        wrong = values + ((digit + self.chance.whole(n, 1, 9)) % 10 - digit) * power
        values = np.where(typo, np.where((digit != before) & self.chance.flags(n, 0.4), swapped, wrong), values)
        column = numbers(values)
        quoted = self.hit(n, f"{kind}_quoted")
        column = put(column, quoted, self._quoted)
        floated = self.hit(n, f"{kind}_float")
        column = put(column, floated, self._floated)
        missing = self.hit(n, f"{kind}_missing")
        tokens = texts(NULL_TOKENS, self.chance.pick(n, [3, 8, 2, 1.5, 1, 0.5]))
        return where(missing | (values <= 0), where(missing, tokens, ""), column)

    def _quoted(self, column: Text) -> Text:
        n = len(column)
        form = self.chance.pick(n, [6, 2, 1, 1])
        grouped = joined(".", *(pc.utf8_slice_codeunits(column, start, start + 4) for start in (0, 4, 8, 12)))
        spaced = joined(" ", pc.utf8_slice_codeunits(column, 0, 6), pc.utf8_slice_codeunits(column, 6, 12),
                        pc.utf8_slice_codeunits(column, 12, 16))  # fmt: skip
        apostrophe = joined("", constant("'", n), column)
        blank = joined("", column, constant(" ", n))
        return where(form == 0, apostrophe, where(form == 1, blank, where(form == 2, grouped, spaced)))

    def _floated(self, column: Text) -> Text:
        n = len(column)
        form = self.chance.pick(n, [5, 3, 2])
        mantissa = joined(".", pc.utf8_slice_codeunits(column, 0, 1), pc.utf8_slice_codeunits(column, 1, 6))
        scientific = joined("", mantissa, constant("E+15", n))
        lost = joined("", pc.utf8_slice_codeunits(column, 0, 15), constant("0", n))
        return where(form == 0, scientific, where(form == 1, joined("", column, constant(".0", n)), lost))

    def masked(self, values: Ints) -> Text:
        """Return numbers as SIGIZI masks them: five digits and eleven asterisks."""
        return joined("", pc.utf8_slice_codeunits(padded(values, 16), 0, 5), constant("*" * 11, len(values)))

    # -- dates -------------------------------------------------------------------------------------------------
    def date(self, days: Ints, latest: int | Ints) -> Text:
        """Return dates as written, in one of the forms of the field; never a date after `latest`."""
        n = len(days)
        wrong = self.hit(n, "date_wrong")
        step = np.array([1, -1, 30, -31, 365, -365, 10, -10])[self.chance.pick(n, [2, 2, 2, 2, 3, 3, 1, 1])]
        moved = np.where(wrong, days + step, days)
        swapped = self.hit(n, "date_swapped") & ~wrong
        day, month, year = day_month_year(moved)
        swappable = swapped & (day <= 12)
        other = (
            ((year - 1970) * 12 + day - 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + month - 1
        )
        moved = np.where(swappable, other, moved)
        moved = np.where(moved > latest, days, moved)
        column = dates(moved)
        formed = self.hit(n, "date_forms")
        if formed.any():
            column = put(column, formed, lambda _: self._forms(moved[formed]))
        missing = self.hit(n, "date_missing")
        return where(missing, texts(["", "-", "0000-00-00"], self.chance.pick(n, [6, 3, 1])), column)

    def _forms(self, days: Ints) -> Text:
        n = len(days)
        form = self.chance.pick(n, [0.52, 0.36, 0.04, 0.06, 0.02])
        day, month, year = day_month_year(days)
        name = where(self.chance.flags(n, 0.7), texts(MONTHS, month - 1), texts(ENGLISH_MONTHS, month - 1))
        spelled = joined(" ", numbers(day), name, numbers(year))
        short = joined("-", numbers(day), numbers(month), padded(year % 100, 2))
        short = where(year >= 1990, short, dates(days, "%d-%m-%Y"))
        serial = numbers(days - EXCEL_EPOCH)
        serial = where((days - EXCEL_EPOCH) >= 20_000, serial, dates(days, "%d-%m-%Y"))
        return where(
            form == 0, dates(days, "%d/%m/%Y"),
            where(form == 1, dates(days, "%d-%m-%Y"), where(form == 2, short, where(form == 3, spelled, serial))),
        )  # fmt: skip

    # -- places ------------------------------------------------------------------------------------------------
    def rt_rw(self, rt: Ints, rw: Ints, worded: bool = True) -> tuple[Text, Text]:
        """Return RT and RW as written: 3, 03, 003, RT 3, nothing, or the date that Excel made of `3/5`."""
        n = len(rt)
        form = self.chance.pick(n, [4, 2, 3, 1.5 if worded else 0])
        cells = []
        for label, value in (("RT ", rt), ("RW ", rw)):
            cells.append(
                where(form == 0, numbers(value), where(form == 1, padded(value, 2), where(
                    form == 2, padded(value, 3), joined("", constant(label, n), numbers(value)))))
            )  # fmt: skip
        dated = self.hit(n, "rt_date") & (rt <= RT_PER_RW)
        as_date = joined("-", padded(rw, 2), texts(ENGLISH_MONTHS, np.minimum(rt, 12) - 1))
        missing = self.hit(n, "rt_missing")
        nothing = texts(["", "-", "0"], self.chance.pick(n, [8, 1, 1]))
        return (
            where(missing, nothing, where(dated, as_date, cells[0])),
            where(missing, nothing, where(dated, "", cells[1])),
        )

    def village(self, village: Ints, kabupaten: Kabupaten) -> tuple[Text, Ints]:
        """Return village names as written, and the villages meant by them (a few are the neighbour's)."""
        n = len(village)
        same = kabupaten.kecamatan_of
        neighbour = np.minimum(village + 1, len(same) - 1)
        neighbour = np.where(same[neighbour] == same[village], neighbour, village)
        meant = np.where(self.hit(n, "village_wrong"), neighbour, village)
        name = texts(kabupaten.village_names, meant)
        return put(name, self.hit(n, "village_spelling"), self._respelled), meant

    def _respelled(self, names: Text) -> Text:
        n = len(names)
        form = self.chance.pick(n, [4, 2, 2, 1])
        tight = pc.replace_substring_regex(names, "[ -]", "")
        split = pc.replace_substring_regex(
            names, "^(KARANG|SUMBER|CURAH|KEBON|BALUNG|TEGAL|SIDO|SUKO|WONO)([A-Z]{3,})$", r"\1 \2"
        )
        tight = where(np.asarray(pc.equal(tight, names)), split, tight)
        return where(
            form == 0, tight,
            where(form == 1, joined("", constant("DESA ", n), names),
                  where(form == 2, joined("", constant("DS. ", n), names), pc.utf8_lower(names))),
        )  # fmt: skip
