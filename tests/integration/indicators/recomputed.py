"""Every indicator once more, row by row and without `indicators.yaml`: what the report must agree with."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from itertools import chain
from typing import Any

import pytest

from warehouse.database import Connection, rows

Row = dict[str, Any]
_BAD = ("tidak_wajar", "tidak_diukur", None)


@dataclass
class Recomputed:
    """Of one indicator and region: what is divided by what, and of how many of the concerned it is known."""

    numerator: int | None
    denominator: int | None
    value: float | None
    coverage: float | None


def status(column: str, *bad: str):
    return lambda row: None if row[column] in _BAD else row[column] in bad


def gap(code: str):
    return lambda row: None if code in row["gaps_unknown"] else code not in row["gaps"]


def said(column: str):
    return lambda row: row[column]


def everybody(row: Row) -> bool:
    return True


def poor(row: Row) -> bool:
    return row["extreme_poverty"] is True


def any_of(*columns: str):
    def known(row: Row) -> bool | None:
        found = {row[column] for column in columns}
        return True if True in found else None if None in found else False

    return known


def none_of(*columns: str):
    return lambda row: None if any_of(*columns)(row) is None else not any_of(*columns)(row)


def defecates(how: str):
    return lambda row: None if row["open_defecation"] is None else row["open_defecation"] == how


def measured(row: Row) -> bool | None:
    return None if row["stunting_status"] is None else row["stunting_status"] != "tidak_diukur"


def stunted_child_in(row: Row) -> bool:
    return row["stunted"]


SHARES = {
    "I01": ("balita", everybody, status("stunting_status", "pendek", "sangat_pendek")),
    "I02": ("balita", everybody, gap("G01_UKUR")),
    "I03": ("balita", everybody, status("wasting_status", "gizi_kurang", "gizi_buruk")),
    "I04": ("balita", everybody, status("underweight_status", "bb_kurang", "bb_sangat_kurang")),
    "I05": ("balita", lambda row: row["wasting_status"] == "gizi_buruk", gap("G02_RUJUK")),
    "I06": ("balita", everybody, measured),
    "I07": ("balita", lambda row: row["wasting_status"] == "gizi_kurang", gap("G03_PMT")),
    "I08": ("ibu", said("kek"), gap("G03_PMT")),
    "I09": ("ibu", said("postpartum"), gap("G06_TTD")),
    "I14": ("ibu", said("postpartum"), gap("G13_KB")),
    "I17": ("families", everybody, said("water_adequate")),
    "I18": ("families", everybody, said("latrine_adequate")),
    "I19b": ("families", everybody, defecates("babs_terbuka")),
    "I19c": ("families", everybody, defecates("babs_tertutup")),
    "I20a": ("families", poor, said("pbi_jkn")),
    "I20b": ("families", poor, said("pkh")),
    "I20c": ("families", poor, said("bpnt")),
    "I20d": ("families", stunted_child_in, said("pbi_jkn")),
    "I20e": ("families", stunted_child_in, said("pkh")),
    "I20f": ("families", stunted_child_in, said("bpnt")),
    "I21": ("families", everybody, said("krs")),
    "I22": ("families", said("krs"), said("tpk_assisted")),
    "I23j": ("balita", lambda row: row["age_months"] <= 11, said("low_birth_weight")),
    "I24a": ("families", everybody, said("extreme_poverty")),
    "I24b": ("families", poor, any_of("has_baduta", "has_balita", "has_pregnant")),
    "I24c": ("families", poor, none_of("pkh", "bpnt", "pbi_jkn", "blt_dd")),
}
NEONATAL = {"neonatal_dini", "neonatal_lanjut"}
INFANT = NEONATAL | {"postneonatal"}
DEATHS = {
    "I23a": ({"ibu"}, "month", None), "I23b": ({"ibu"}, "year", None), "I23c": ({"ibu"}, "rolling", 100_000),
    "I23d": (INFANT, "month", None), "I23e": (INFANT, "year", None), "I23f": (INFANT, "rolling", 1_000),
    "I23g": (NEONATAL, "month", None), "I23h": (NEONATAL, "year", None), "I23i": (NEONATAL, "rolling", 1_000),
}  # fmt: skip
NO_SOURCE = ("I10", "I11", "I12", "I13", "I15", "I16")


class Recount:
    """Reads the tables that are counted and recomputes from them."""

    def __init__(self, con: Connection, period_end: dt.date) -> None:
        self.con = con
        people = self._rows("SELECT * FROM targeting.targeting")
        self.kab_codes = {row["kab_code"] for row in people}
        self.subjects = {
            subject: [row for row in people if row["subject_type"] == subject] for subject in ("balita", "ibu")
        }
        self.subjects["families"] = self._rows("SELECT * FROM targeting.family_status")
        stunted = {row["family_id"] for row in self.subjects["balita"] if row["is_stunted"] is True}
        for family in self.subjects["families"]:
            family["stunted"] = family["family_id"] in stunted
        month = period_end.year * 12 + period_end.month
        self.windows = {
            "month": [month],
            "year": list(range(period_end.year * 12 + 1, month + 1)),
            "rolling": list(range(month - 11, month + 1)),
        }
        self.regions = [
            row for row in self._rows("SELECT * FROM clean_records.region WHERE level IN (2, 3, 4)")
            if row["kab_code"] in self.kab_codes
        ]  # fmt: skip

    def _rows(self, query: str) -> list[Row]:
        found = self.con.execute(query)
        names = [one[0] for one in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def regions_of(self, row: Row) -> list[str]:
        """Give the codes of the regions that a row belongs to, as far as they are known."""
        finest = row["village_code"] or row["kec_code"]
        if finest is None:
            kab = row["kab_code"] or (next(iter(self.kab_codes)) if len(self.kab_codes) == 1 else None)
            return [kab] if kab else []
        return [finest[:end] for end in (5, 8, 13) if len(finest) >= end]

    def by_region(self, found: list[Row]) -> defaultdict[str, list[Row]]:
        """Give the rows of each region."""
        grouped: defaultdict[str, list[Row]] = defaultdict(list)
        for row in found:
            for region in self.regions_of(row):
                grouped[region].append(row)
        return grouped

    def report(self) -> dict[tuple[str, str], Recomputed]:
        """Give every indicator of every region by code and region."""
        return dict(chain(self._shares(), self._villages(), self._deaths(), self._no_source()))

    def _shares(self):
        grouped = {subject: self.by_region(found) for subject, found in self.subjects.items()}
        for code, (subject, among, counts) in SHARES.items():
            for region in self.regions:
                here = [counts(row) for row in grouped[subject][region["code"]] if among(row) is True]
                yes, no = here.count(True), here.count(False)
                yield (
                    (code, region["code"]),
                    Recomputed(
                        yes,
                        yes + no,
                        100 * yes / (yes + no) if yes + no else None,
                        (yes + no) / len(here) if here else None,
                    ),
                )

    def village_states(self) -> dict[str, bool | None]:
        """Say of each village whether it is free of open defecation."""
        homes = self.by_region(self.subjects["families"])
        states: dict[str, bool | None] = {}
        for region in self.regions:
            if region["level"] == 4:
                found = [family["open_defecation"] for family in homes[region["code"]]]
                states[region["code"]] = (
                    False if "babs_terbuka" in found else True if found and None not in found else None
                )
        return states

    def _villages(self):
        states = self.village_states()
        for region in self.regions:
            here = [state for code, state in states.items() if code.startswith(region["code"])]
            yes, no = here.count(True), here.count(False)
            yield (
                ("I19a", region["code"]),
                Recomputed(
                    yes,
                    yes + no,
                    100 * yes / (yes + no) if yes + no else None,
                    (yes + no) / len(here) if here else None,
                ),
            )

    def _deaths(self):
        deaths = self.by_region(self._rows("SELECT * FROM targeting.mortality_event"))
        births = self.by_region(self._rows("SELECT * FROM targeting.live_births"))
        reported = {
            (kab, _number(period)) for kab, period in rows(
                self.con, "SELECT kab_code, period FROM agency_extracts.delivery "
                "WHERE dataset = 'dinkes_kematian' AND status != 'refused'")
        }  # fmt: skip
        for code, (kinds, window, per) in DEATHS.items():
            months = self.windows[window]
            for region in self.regions:
                known = sum((region["kab_code"], month) in reported for month in months)
                died: int | None = sum(
                    row["kind"] in kinds and _number(row["period"]) in months for row in deaths[region["code"]]
                )
                born = sum(row["live_births"] for row in births[region["code"]] if _number(row["period"]) in months)
                if not known:
                    died = None
                enough = 5 * known >= 4 * len(months)
                share = per * died / born if per and born and died is not None else None
                value = (died if per is None else share) if enough else None
                result = Recomputed(died, None if per is None else born, value, known / len(months))
                yield (code, region["code"]), result

    def _no_source(self):
        for code in NO_SOURCE:
            for region in self.regions:
                yield (code, region["code"]), Recomputed(None, None, None, None)


def agrees(con: Connection, recount: Recount) -> None:
    """Fail where the full report says anything else."""
    expected = recount.report()
    found = rows(con, "SELECT indicator_code, region_code, numerator, denominator, value, coverage "
                 "FROM targeting.report_month_full")  # fmt: skip

    assert {row[:2] for row in found} == set(expected)
    for code, region, numerator, denominator, value, coverage in found:
        wanted = expected[code, region]
        assert (numerator, denominator) == (wanted.numerator, wanted.denominator), (code, region)
        assert value == pytest.approx(wanted.value), (code, region)
        assert coverage == pytest.approx(wanted.coverage), (code, region)


def _number(period: str) -> int:
    year, month = period.split("-")
    return int(year) * 12 + int(month)
