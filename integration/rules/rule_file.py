"""Reading a rules file, and saying exactly where it is wrong."""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Any

from integration.contracts.contract import code_lists, contract
from integration.rules.facts import (
    AGENCIES,
    FAMILY_FLAGS,
    GAP_FACTS,
    HEALTH_FACTS,
    SUBJECTS,
    THRESHOLDS,
    TIER_FACTS,
    TIERS,
)  # fmt: skip
from integration.rules.rules import INCOMPLETE, Clause, Gap, RiskFactor, RiskLevel, Rules, Score, ScoreLine
from warehouse.declared_file import DeclaredFile, Found
from warehouse.errors import DeclarationError

_PARTS = {
    "version", "effective_from", "sources", "domicile_rule", "krs_rule", "thresholds", "vit_a_months", "water",
    "latrine", "open_defecation", "programmes", "assistance", "krs_rules",
    "risk_factors", "mortality_risk", "tiers", "score", "gaps",
}  # fmt: skip
_PROGRAMMES = ("pkh", "bpnt", "pbi_jkn", "blt_dd")
_ASSISTANCE = ("referral", "food", "none")
_STATEMENT = ("code", "subjects", "sentence", "source")


class RuleFile(DeclaredFile):
    """Turns the parsed YAML into rules and says exactly where it is wrong."""

    def __init__(self, file: str) -> None:
        super().__init__(f"The rules {file}")
        self.sources: dict[str, str] = {}

    def rules(self, declared: Found) -> Rules:
        """Check what the file says and give it as rules; raises `DeclarationError`."""
        self.keys("the rules", declared, _PARTS)
        self.sources = {key: self.text(f"sources, {key}", text)
                        for key, text in self.table("sources", declared["sources"]).items()}  # fmt: skip
        krs_rules = self.table("krs_rules", declared["krs_rules"])
        krs_rule = self.one_of("krs_rule", declared["krs_rule"], tuple(krs_rules))
        krs = {name: self._krs(f"krs_rules, {name}", rule) for name, rule in krs_rules.items()}[krs_rule]
        text = json.dumps(declared, sort_keys=True, ensure_ascii=False, default=str)
        return Rules(
            version=self.text("version", declared["version"]),
            effective_from=self._day("effective_from", declared["effective_from"]),
            fingerprint=hashlib.sha256(text.encode()).hexdigest()[:8],
            sources=self.sources,
            domicile_rule=self.one_of("domicile_rule", declared["domicile_rule"], ("C1", "service")),
            krs_rule=krs_rule,
            krs_target=krs[0],
            krs_risk=krs[1],
            thresholds=self._thresholds(declared["thresholds"]),
            vit_a_months=self._months("vit_a_months", declared["vit_a_months"]),
            answers={
                **self._water(declared["water"]),
                **self._latrine(declared["latrine"]),
                **self._open_defecation(declared["open_defecation"]),
                **self._programmes(declared["programmes"]),
                **self._assistance(declared["assistance"]),
            },
            risk_factors=self._risk_factors(declared["risk_factors"]),
            mortality_risk=self._mortality_risk(declared["mortality_risk"]),
            tiers=self._tiers(declared["tiers"]),
            score=self._score(declared["score"]),
            gaps=self._gaps(declared["gaps"]),
        )

    def _krs(self, place: str, rule: Found) -> tuple[str, str]:
        self.keys(place, rule, {"target", "risk"})
        target, risk = (self._condition(f"{place}, {part}", rule[part], FAMILY_FLAGS) for part in ("target", "risk"))
        return target, risk

    def _thresholds(self, found: Found) -> dict[str, float]:
        self.keys("thresholds", found, set(THRESHOLDS))
        for name, (low, high) in THRESHOLDS.items():
            if isinstance(low, int) and isinstance(high, int):
                self.whole_number(f"thresholds, {name}", found[name], low, high)
            else:
                self.number(f"thresholds, {name}", found[name], low, high)
        return dict(found)

    def _water(self, found: Found) -> dict[str, tuple[int | str, ...]]:
        self.keys("water", found, {"S1", "S3"})
        return {
            **self._adequate("water, S1", found["S1"], "s1_water", self._whole("dtsen_keluarga", "water_source")),
            **self._adequate("water, S3", found["S3"], "s3_water", tuple(code_lists()["p3ke_water"])),
        }

    def _latrine(self, found: Found) -> dict[str, tuple[int | str, ...]]:
        self.keys("latrine", found, {"S1", "S3"})
        self.keys("latrine, S1", found["S1"], {"facility", "closet", "sewage"})
        columns = {"facility": "latrine_facility", "closet": "closet", "sewage": "sewage"}
        own = {
            f"s1_latrine_{part}": self._answers(
                f"latrine, S1, {part}", found["S1"][part], self._whole("dtsen_keluarga", column), empty=False
            )
            for part, column in columns.items()
        }
        p3ke = self._adequate("latrine, S3", found["S3"], "s3_latrine", tuple(code_lists()["p3ke_latrine"]))
        return {**own, **p3ke}

    def _open_defecation(self, found: Found) -> dict[str, tuple[int | str, ...]]:
        place, pit = "open_defecation", "closed_sewage_with_pit_closet"
        self.keys(place, found, {"open_facility", "used_facility", "closed_sewage", pit})
        self.keys(f"{place}, {pit}", found[pit], {"sewage", "closet"})
        facility, sewage = (self._whole("dtsen_keluarga", column) for column in ("latrine_facility", "sewage"))
        closet = self._whole("dtsen_keluarga", "closet")
        opened = self._answers(f"{place}, open_facility", found["open_facility"], facility)
        used = self._answers(f"{place}, used_facility", found["used_facility"], facility)
        if both := set(opened) & set(used):
            raise self.error(place, f"{sorted(both)} were found in open_facility and in used_facility")
        return {
            "babs_open_facility": opened,
            "babs_used_facility": used,
            "babs_closed_sewage": self._answers(f"{place}, closed_sewage", found["closed_sewage"], sewage),
            "babs_pit_sewage": self._answers(f"{place}, {pit}, sewage", found[pit]["sewage"], sewage),
            "babs_pit_closet": self._answers(f"{place}, {pit}, closet", found[pit]["closet"], closet),
        }

    def _programmes(self, found: Found) -> dict[str, tuple[int | str, ...]]:
        self.keys("programmes", found, set(_PROGRAMMES))
        return {f"{name}_names": self._texts(f"programmes, {name}", found[name]) for name in _PROGRAMMES}

    def _assistance(self, found: Found) -> dict[str, tuple[int | str, ...]]:
        self.keys("assistance", found, set(_ASSISTANCE))
        codes = tuple("12345678")
        return {f"assistance_{name}": (self.one_of(f"assistance, {name}", found[name], codes),)
                for name in _ASSISTANCE}  # fmt: skip

    def _adequate(
        self, place: str, found: Found, name: str, known: Sequence[int | str]
    ) -> dict[str, tuple[int | str, ...]]:
        self.keys(place, found, {"adequate", "inadequate"})
        lists = {side: self._answers(f"{place}, {side}", found[side], known) for side in ("adequate", "inadequate")}
        if both := set(lists["adequate"]) & set(lists["inadequate"]):
            raise self.error(place, f"{sorted(both, key=str)} were found in adequate and in inadequate")
        return {f"{name}_{side}": answers for side, answers in lists.items()}

    def _answers(
        self, place: str, found: Found, known: Sequence[int | str], *, empty: bool = True
    ) -> tuple[int | str, ...]:
        if not isinstance(found, list) or not (found or empty):
            raise self.error(place, f"{found!r} was found; it must be a list of answers")
        if unknown := [answer for answer in found if answer not in known or isinstance(answer, bool)]:
            listed = ", ".join(map(str, known))
            raise self.error(place, f"{unknown} were found, which the contract does not know; it knows {listed}")
        return tuple(found)

    @staticmethod
    def _whole(dataset: str, column: str) -> tuple[int, ...]:
        declared = contract(dataset).column(column)
        return tuple(range(int(declared.min or 0), int(declared.max or 0) + 1))

    def _risk_factors(self, found: Found) -> tuple[RiskFactor, ...]:
        return tuple(
            RiskFactor(
                code=code,
                when=self._condition(f"{place}, when", item["when"], FAMILY_FLAGS),
                sentence=self.text(f"{place}, sentence", item["sentence"]),
                source=self._source(place, item["source"]),
            )
            for code, place, item in self._items("risk_factors", found, {"code", "when", "sentence", "source"})
        )

    def _mortality_risk(self, found: Found) -> tuple[RiskLevel, ...]:
        return tuple(
            RiskLevel(
                **self._said(place, item),
                when=self._condition(f"{place}, when", item["when"], HEALTH_FACTS),
                level=self.one_of(f"{place}, level", item["level"], ("tinggi", "sedang")),
            )
            for _, place, item in self._items("mortality_risk", found, {*_STATEMENT, "when", "level"})
        )

    def _tiers(self, found: Found) -> tuple[Clause, ...]:
        clauses = tuple(
            Clause(
                **self._said(place, item),
                when=self._condition(f"{place}, when", item["when"], TIER_FACTS),
                tier=self.one_of(f"{place}, tier", item["tier"], TIERS),
            )
            for _, place, item in self._items("tiers", found, {*_STATEMENT, "when", "tier"})
        )
        for before, after in pairwise(clauses):
            if after.tier < before.tier:
                raise self.error(
                    f"tiers, {after.code}", f"{after.tier} was found below a clause of {before.tier}; P1 stands first"
                )
        return clauses

    def _score(self, found: Found) -> Score:
        self.keys("score", found, {"cap", "each_gap", "gaps_at_most", "lines"})
        lines = tuple(
            ScoreLine(
                **self._said(place, item),
                when=self._condition(f"{place}, when", item["when"], TIER_FACTS),
                points=self._points(f"{place}, points", item["points"]),
            )
            for _, place, item in self._items("score, lines", found["lines"], {*_STATEMENT, "when", "points"})
        )
        cap, each_gap, gaps_at_most = (
            self._points(f"score, {name}", found[name]) for name in ("cap", "each_gap", "gaps_at_most")
        )
        return Score(cap, each_gap, gaps_at_most, lines)

    def _gaps(self, found: Found) -> tuple[Gap, ...]:
        gaps = []
        for _, place, item in self._items("gaps", found, {*_STATEMENT, "agency", "applies", "missing"}):
            applies, missing = (
                self._condition(f"{place}, {part}", item[part], GAP_FACTS) for part in ("applies", "missing")
            )
            gaps.append(
                Gap(
                    **self._said(place, item),
                    when=f"({applies} AND {missing})",
                    agency=self.one_of(f"{place}, agency", item["agency"], AGENCIES),
                    applies=applies,
                    missing=missing,
                )
            )
        return tuple(gaps)

    def _said(self, place: str, item: dict[str, Any]) -> dict[str, Any]:
        """Check what every statement says: its code, its subjects, its sentence and its source."""
        subjects = item["subjects"]
        if not isinstance(subjects, list) or not subjects or set(subjects) - set(SUBJECTS):
            wanted = ", ".join(SUBJECTS)
            raise self.error(f"{place}, subjects", f"{subjects!r} was found; it must list some of {wanted}")
        return {
            "code": str(item["code"]),
            "subjects": tuple(subjects),
            "sentence": self.text(f"{place}, sentence", item["sentence"]),
            "source": self._source(place, item["source"]),
        }

    def _source(self, place: str, found: Found) -> str:
        return self.one_of(f"{place}, source", found, tuple(self.sources))

    def _points(self, place: str, found: Found) -> int:
        return self.whole_number(place, found, 0, 100)

    def _months(self, place: str, found: Found) -> tuple[int, ...]:
        if not isinstance(found, list) or not found or set(found) - set(range(1, 13)):
            raise self.error(place, f"{found!r} was found; it must list months, 1 to 12")
        return tuple(found)

    def _day(self, place: str, found: Found) -> dt.date:
        if not isinstance(found, dt.date) or isinstance(found, dt.datetime):
            raise self.error(place, f"{found!r} was found; it must be a day, YYYY-MM-DD")
        return found

    def _items(self, place: str, found: Found, keys: set[str]) -> list[tuple[str, str, dict[str, Any]]]:
        """Give code, place and entry of each entry of a list."""
        entries = {str(entry["code"]): entry for entry in self.entries(place, found, keys)}
        if wrong := [code for code in entries if not re.fullmatch(r"[A-Z0-9_]+", code) or code == INCOMPLETE]:
            raise self.error(place, f"the codes {wrong} were found; a code has capitals, digits and _ only")
        return [(code, f"{place}, {code}", entry) for code, entry in entries.items()]

    def _condition(self, place: str, found: Found, known: Collection[str]) -> str:
        return f"({self.condition(place, found, known)})"

    def _texts(self, place: str, found: Found) -> tuple[str, ...]:
        if not isinstance(found, list) or not found or any(one != str(one).upper() for one in found):
            raise self.error(place, f"{found!r} was found; it must be a list of texts in capitals")
        return tuple(map(str, found))

    def unknown(self, place: str, names: Collection[str], known: Collection[str], of: str = "") -> DeclarationError:
        """Give the error for keys or columns that nobody knows."""
        return self.error(place, f"{sorted(names)} were found; known are {', '.join(sorted(known))}")

    def twice(self, place: str, codes: Collection[str]) -> DeclarationError:
        """Give the error for codes that stand there more than once."""
        return self.error(place, f"{sorted(codes)} stand there twice; each code may stand once")
