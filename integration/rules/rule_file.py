"""Reading a rules file, and saying exactly where it is wrong."""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Sequence
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
from integration.rules.rules import Clause, Gap, RiskFactor, RiskLevel, Rules, Score, ScoreLine
from warehouse.errors import DeclarationError

Found = Any
"""What stands in a YAML file before it is checked."""

_NAMES = re.compile(r"[a-z_][a-z_0-9]*")
_WORDS = frozenset({"and", "or", "not", "in", "between", "true", "false"})
_PARTS = {
    "version", "effective_from", "sources", "domicile_rule", "krs_rule", "thresholds", "vit_a_months", "water",
    "latrine", "open_defecation", "programmes", "assistance", "krs_rules",
    "risk_factors", "mortality_risk", "tiers", "score", "gaps",
}  # fmt: skip
_PROGRAMMES = ("pkh", "bpnt", "pbi_jkn", "blt_dd")
_ASSISTANCE = ("referral", "food", "none")
_STATEMENT = ("code", "subjects", "sentence", "source")


class RuleFile:
    """Turns the parsed YAML into rules and says exactly where it is wrong."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.sources: dict[str, str] = {}

    def rules(self, declared: Found) -> Rules:
        """Check what the file says and give it as rules; raises `DeclarationError`."""
        self._keys("the rules", declared, _PARTS)
        self.sources = {key: self._text(f"sources, {key}", text)
                        for key, text in self._table("sources", declared["sources"]).items()}  # fmt: skip
        krs_rules = self._table("krs_rules", declared["krs_rules"])
        krs_rule = self._one_of("krs_rule", declared["krs_rule"], tuple(krs_rules))
        krs = {name: self._krs(f"krs_rules, {name}", rule) for name, rule in krs_rules.items()}[krs_rule]
        text = json.dumps(declared, sort_keys=True, ensure_ascii=False, default=str)
        return Rules(
            version=self._text("version", declared["version"]),
            effective_from=self._day("effective_from", declared["effective_from"]),
            fingerprint=hashlib.sha256(text.encode()).hexdigest()[:8],
            sources=self.sources,
            domicile_rule=self._one_of("domicile_rule", declared["domicile_rule"], ("C1", "service")),
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
        self._keys(place, rule, {"target", "risk"})
        target, risk = (self._condition(f"{place}, {part}", rule[part], FAMILY_FLAGS) for part in ("target", "risk"))
        return target, risk

    def _thresholds(self, found: Found) -> dict[str, float]:
        self._keys("thresholds", found, set(THRESHOLDS))
        for name, (low, high) in THRESHOLDS.items():
            value = found[name]
            number = float if isinstance(low, float) else int
            if isinstance(value, bool) or not isinstance(value, int | number) or not low <= value <= high:
                kind = "number" if number is float else "whole number"
                raise self._error(
                    f"thresholds, {name}", f"{value!r} was found; it must be a {kind} from {low} to {high}"
                )
        return dict(found)

    def _water(self, found: Found) -> dict[str, tuple[int | str, ...]]:
        self._keys("water", found, {"S1", "S3"})
        return {
            **self._adequate("water, S1", found["S1"], "s1_water", self._whole("dtsen_keluarga", "water_source")),
            **self._adequate("water, S3", found["S3"], "s3_water", tuple(code_lists()["p3ke_water"])),
        }

    def _latrine(self, found: Found) -> dict[str, tuple[int | str, ...]]:
        self._keys("latrine", found, {"S1", "S3"})
        self._keys("latrine, S1", found["S1"], {"facility", "closet", "sewage"})
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
        self._keys(place, found, {"open_facility", "used_facility", "closed_sewage", pit})
        self._keys(f"{place}, {pit}", found[pit], {"sewage", "closet"})
        facility, sewage = (self._whole("dtsen_keluarga", column) for column in ("latrine_facility", "sewage"))
        closet = self._whole("dtsen_keluarga", "closet")
        opened = self._answers(f"{place}, open_facility", found["open_facility"], facility)
        used = self._answers(f"{place}, used_facility", found["used_facility"], facility)
        if both := set(opened) & set(used):
            raise self._error(place, f"{sorted(both)} were found in open_facility and in used_facility")
        return {
            "babs_open_facility": opened,
            "babs_used_facility": used,
            "babs_closed_sewage": self._answers(f"{place}, closed_sewage", found["closed_sewage"], sewage),
            "babs_pit_sewage": self._answers(f"{place}, {pit}, sewage", found[pit]["sewage"], sewage),
            "babs_pit_closet": self._answers(f"{place}, {pit}, closet", found[pit]["closet"], closet),
        }

    def _programmes(self, found: Found) -> dict[str, tuple[int | str, ...]]:
        self._keys("programmes", found, set(_PROGRAMMES))
        return {f"{name}_names": self._texts(f"programmes, {name}", found[name]) for name in _PROGRAMMES}

    def _assistance(self, found: Found) -> dict[str, tuple[int | str, ...]]:
        self._keys("assistance", found, set(_ASSISTANCE))
        codes = tuple("12345678")
        return {f"assistance_{name}": (self._one_of(f"assistance, {name}", found[name], codes),)
                for name in _ASSISTANCE}  # fmt: skip

    def _adequate(
        self, place: str, found: Found, name: str, known: Sequence[int | str]
    ) -> dict[str, tuple[int | str, ...]]:
        self._keys(place, found, {"adequate", "inadequate"})
        lists = {side: self._answers(f"{place}, {side}", found[side], known) for side in ("adequate", "inadequate")}
        if both := set(lists["adequate"]) & set(lists["inadequate"]):
            raise self._error(place, f"{sorted(both, key=str)} were found in adequate and in inadequate")
        return {f"{name}_{side}": answers for side, answers in lists.items()}

    def _answers(
        self, place: str, found: Found, known: Sequence[int | str], *, empty: bool = True
    ) -> tuple[int | str, ...]:
        if not isinstance(found, list) or not (found or empty):
            raise self._error(place, f"{found!r} was found; it must be a list of answers")
        if unknown := [answer for answer in found if answer not in known or isinstance(answer, bool)]:
            listed = ", ".join(map(str, known))
            raise self._error(place, f"{unknown} were found, which the contract does not know; it knows {listed}")
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
                sentence=self._text(f"{place}, sentence", item["sentence"]),
                source=self._source(place, item["source"]),
            )
            for code, place, item in self._items("risk_factors", found, {"code", "when", "sentence", "source"})
        )

    def _mortality_risk(self, found: Found) -> tuple[RiskLevel, ...]:
        return tuple(
            RiskLevel(
                **self._said(place, item),
                when=self._condition(f"{place}, when", item["when"], HEALTH_FACTS),
                level=self._one_of(f"{place}, level", item["level"], ("tinggi", "sedang")),
            )
            for _, place, item in self._items("mortality_risk", found, {*_STATEMENT, "when", "level"})
        )

    def _tiers(self, found: Found) -> tuple[Clause, ...]:
        clauses = tuple(
            Clause(
                **self._said(place, item),
                when=self._condition(f"{place}, when", item["when"], TIER_FACTS),
                tier=self._one_of(f"{place}, tier", item["tier"], TIERS),
            )
            for _, place, item in self._items("tiers", found, {*_STATEMENT, "when", "tier"})
        )
        for before, after in pairwise(clauses):
            if after.tier < before.tier:
                raise self._error(
                    f"tiers, {after.code}", f"{after.tier} was found below a clause of {before.tier}; P1 stands first"
                )
        return clauses

    def _score(self, found: Found) -> Score:
        self._keys("score", found, {"cap", "each_gap", "gaps_at_most", "lines"})
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
                    agency=self._one_of(f"{place}, agency", item["agency"], AGENCIES),
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
            raise self._error(f"{place}, subjects", f"{subjects!r} was found; it must list some of {wanted}")
        return {
            "code": str(item["code"]),
            "subjects": tuple(subjects),
            "sentence": self._text(f"{place}, sentence", item["sentence"]),
            "source": self._source(place, item["source"]),
        }

    def _source(self, place: str, found: Found) -> str:
        return self._one_of(f"{place}, source", found, tuple(self.sources))

    def _points(self, place: str, found: Found) -> int:
        if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found <= 100:
            raise self._error(place, f"{found!r} was found; it must be a whole number from 0 to 100")
        return found

    def _months(self, place: str, found: Found) -> tuple[int, ...]:
        if not isinstance(found, list) or not found or set(found) - set(range(1, 13)):
            raise self._error(place, f"{found!r} was found; it must list months, 1 to 12")
        return tuple(found)

    def _day(self, place: str, found: Found) -> dt.date:
        if not isinstance(found, dt.date) or isinstance(found, dt.datetime):
            raise self._error(place, f"{found!r} was found; it must be a day, YYYY-MM-DD")
        return found

    def _items(self, place: str, found: Found, keys: set[str]) -> list[tuple[str, str, dict[str, Any]]]:
        """Give code, place and entry of each entry of a list."""
        if not isinstance(found, list) or not found:
            raise self._error(place, f"{found!r} was found; it must be a list with at least one entry")
        for item in found:
            self._keys(f"{place}, {item.get('code', '?') if isinstance(item, dict) else '?'}", item, keys)
        codes = [str(item["code"]) for item in found]
        if wrong := [code for code in codes if not re.fullmatch(r"[A-Z0-9_]+", code) or code == "DATA_KURANG"]:
            raise self._error(place, f"the codes {wrong} were found; a code has capitals, digits and _ only")
        if twice := sorted({code for code in codes if codes.count(code) > 1}):
            raise self._error(place, f"{twice} stand there twice; each code may stand once")
        return [(code, f"{place}, {code}", item) for code, item in zip(codes, found, strict=True)]

    def _condition(self, place: str, text: Found, known: frozenset[str]) -> str:
        """Let through only expressions over known columns: a rules file is data, not a way to run SQL."""
        text = self._text(place, text)
        bare = re.sub(r"'[^']*'", "''", text).lower()
        names = set(_NAMES.findall(bare))
        if names & {"is", "null"}:
            raise self._error(place, f"{text!r} asks for null; unknown values are kept unknown by the program")
        if unknown := names - _WORDS - known:
            raise self._error(place, f"{sorted(unknown)} were found; known are {', '.join(sorted(known))}")
        unbalanced = bare.count("(") != bare.count(")") or bare.count("'") % 2
        if unbalanced or not re.fullmatch(r"[a-z_0-9\s.,()<>=']*", bare):
            raise self._error(place, f"{text!r} was found; only comparisons of known columns may stand there")
        return f"({text})"

    def _one_of(self, place: str, found: Found, wanted: tuple[str, ...]) -> str:
        if found not in wanted:
            raise self._error(place, f"{found!r} was found; it must be one of {', '.join(wanted)}")
        return str(found)

    def _text(self, place: str, found: Found) -> str:
        if not isinstance(found, str) or not found.strip():
            raise self._error(place, f"{found!r} was found; it must be a text")
        return found

    def _texts(self, place: str, found: Found) -> tuple[str, ...]:
        if not isinstance(found, list) or not found or any(one != str(one).upper() for one in found):
            raise self._error(place, f"{found!r} was found; it must be a list of texts in capitals")
        return tuple(map(str, found))

    def _table(self, place: str, found: Found) -> dict[str, Any]:
        if not isinstance(found, dict) or not found:
            raise self._error(place, f"{found!r} was found; it must have named entries")
        return found

    def _keys(self, place: str, found: Found, wanted: set[str]) -> None:
        if not isinstance(found, dict):
            raise self._error(place, f"{type(found).__name__} was found; it must have {', '.join(sorted(wanted))}")
        if missing := wanted - set(found):
            raise self._error(place, f"{', '.join(sorted(missing))} is missing")
        if unknown := set(found) - wanted:
            raise self._error(place, f"{sorted(map(str, unknown))} is not known; known are {', '.join(sorted(wanted))}")

    def _error(self, place: str, sentence: str) -> DeclarationError:
        return DeclarationError(f"The rules {self.file}, {place}: {sentence}.")
