"""The rules of targeting: a YAML file a domain person can read and change, its checks, and the SQL it means."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from integration.contracts.contract import code_lists, contract
from warehouse.database import literal
from warehouse.errors import DeclarationError

Found = Any
"""What stands in a YAML file before it is checked."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


DEFAULT_RULES = Path(__file__).with_name("rules.yaml")
SUBJECTS = ("balita", "ibu", "keluarga")
TIERS = ("P1", "P2", "P3", "P4")
FAMILY_FLAGS = _words(
    """
    desil extreme_poverty extreme_poverty_local water_adequate latrine_adequate open_defecation
    has_baduta has_balita has_pus has_pregnant too_young too_old too_close too_many pus_4t not_modern_fp
    """
)
"""What a KRS rule or a risk factor may look at."""
TIER_FACTS = FAMILY_FLAGS | _words(
    """
    age_months haz waz whz known_stunting known_wasting is_stunted underweight_status weight_faltering
    low_birth_weight pregnant krs
    """
)
"""What a tier clause may look at."""

# Each threshold with its bounds.
_THRESHOLDS = {
    "balita_months": (1, 60),
    "baduta_months": (1, 60),
    "measurement_days": (1, 366),
    "low_birth_weight_kg": (0.5, 6.5),
    "pregnancy_days_from_last_period": (1, 330),
    "pregnancy_days_from_registration": (1, 330),
    "postpartum_days": (1, 366),
    "youngest_mother_years": (0, 60),
    "oldest_mother_years": (0, 60),
    "pus_from_years": (0, 60),
    "pus_to_years": (0, 60),
    "too_young_below_years": (0, 60),
    "too_old_from_years": (0, 60),
    "too_old_to_years": (0, 60),
    "too_close_months": (1, 240),
    "too_close_while_youngest_below_months": (1, 240),
    "one_birth_days": (0, 200),
    "too_many_children": (1, 20),
}
_NAMES = re.compile(r"[a-z_][a-z_0-9]*")
_WORDS = _words("and or not in between true false")


@dataclass(frozen=True)
class RiskFactor:
    """One factor of `risk_factors`: listed where `when` is true."""

    code: str
    when: str
    sentence: str


@dataclass(frozen=True)
class Clause:
    """One reason for a tier: `when` is SQL, `subjects` whom it is about, `sentence` Indonesian."""

    code: str
    tier: str
    subjects: tuple[str, ...]
    when: str
    sentence: str


@dataclass(frozen=True)
class Rules:
    """The whole file; its comments say what each part means. `answers` are the code lists by the name SQL uses."""

    version: str
    fingerprint: str
    domicile_rule: str
    krs_rule: str
    krs_target: str
    krs_risk: str
    thresholds: Mapping[str, float]
    answers: Mapping[str, tuple[int | str, ...]]
    risk_factors: tuple[RiskFactor, ...]
    tiers: tuple[Clause, ...]

    @property
    def rule_version(self) -> str:
        """What each row is stamped with: the version, and a hash of what the file says (comments aside)."""
        return f"{self.version}+{self.fingerprint}"

    def sql_names(self) -> dict[str, str]:
        """Give what the `.sql` files beside this one call `$name`: thresholds, code lists, conditions, clauses."""
        clauses = [
            f"CASE WHEN subject_type IN ({_sql_list(clause.subjects)}) THEN {clause.when} ELSE false END AS clause_{n}"
            for n, clause in enumerate(self.tiers)
        ]
        return {
            **{name: f"{number:g}" for name, number in self.thresholds.items()},
            **{name: _sql_list(answers) for name, answers in self.answers.items()},
            "domicile_rule": literal(self.domicile_rule),
            "krs_rule": literal(self.krs_rule),
            "krs_target": self.krs_target,
            "krs_risk": self.krs_risk,
            "risk_factors": _codes_sql((factor.code, f"({factor.when})") for factor in self.risk_factors),
            "clauses": ",\n    ".join(clauses),
            "tier_reasons": _codes_sql((clause.code, f"clause_{n}") for n, clause in enumerate(self.tiers)),
            "tier": _first_tier_sql(self.tiers, "clause_{n}"),
            "tier_if_unknown_held": _first_tier_sql(self.tiers, "coalesce(clause_{n}, true)"),
            "rule_version": literal(self.rule_version),
        }


def load_rules(path: Path = DEFAULT_RULES) -> Rules:
    """Read and check a rules file.

    Raises `DeclarationError` that names the file, the place in it, the value found and what may stand there.
    """
    try:
        declared = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise DeclarationError(f"The rules {path.name} cannot be read: {error}.") from error
    return _Reader(path.name).rules(declared)


def _codes_sql(codes: Iterable[tuple[str, str]]) -> str:
    cases = ",\n      ".join(f"CASE WHEN {condition} THEN {literal(code)} END" for code, condition in codes)
    return f"list_filter([\n      {cases}\n    ]::VARCHAR[], lambda one: one IS NOT NULL)"


def _first_tier_sql(clauses: Sequence[Clause], condition: str) -> str:
    cases = "\n      ".join(
        f"WHEN {condition.format(n=n)} THEN '{clause.tier}'"
        for n, clause in sorted(enumerate(clauses), key=lambda item: item[1].tier)
    )
    return f"CASE\n      {cases}\n      ELSE 'P5'\n    END"


def _sql_list(values: Sequence[int | str]) -> str:
    # IN (NULL) is never true: what an empty list means.
    return ", ".join(literal(one) if isinstance(one, str) else str(one) for one in values) or "NULL"


class _Reader:
    """Turns the parsed YAML into rules and says exactly where it is wrong."""

    def __init__(self, file: str) -> None:
        self.file = file

    def rules(self, declared: Found) -> Rules:
        self._keys("the rules", declared, {"version", "domicile_rule", "krs_rule", "thresholds", "water", "latrine",
                                           "open_defecation", "krs_rules", "risk_factors", "tiers"})  # fmt: skip
        krs_rules = self._table("krs_rules", declared["krs_rules"])
        krs_rule = self._one_of("krs_rule", declared["krs_rule"], tuple(krs_rules))
        krs = {name: self._krs(f"krs_rules, {name}", rule) for name, rule in krs_rules.items()}[krs_rule]
        text = json.dumps(declared, sort_keys=True, ensure_ascii=False)
        return Rules(
            version=self._text("version", declared["version"]),
            fingerprint=hashlib.sha256(text.encode()).hexdigest()[:8],
            domicile_rule=self._one_of("domicile_rule", declared["domicile_rule"], ("C1", "service")),
            krs_rule=krs_rule,
            krs_target=krs[0],
            krs_risk=krs[1],
            thresholds=self._thresholds(declared["thresholds"]),
            answers={
                **self._water(declared["water"]),
                **self._latrine(declared["latrine"]),
                **self._open_defecation(declared["open_defecation"]),
            },
            risk_factors=self._risk_factors(declared["risk_factors"]),
            tiers=self._tiers(declared["tiers"]),
        )

    def _krs(self, place: str, rule: Found) -> tuple[str, str]:
        self._keys(place, rule, {"target", "risk"})
        target, risk = (self._condition(f"{place}, {part}", rule[part], FAMILY_FLAGS) for part in ("target", "risk"))
        return target, risk

    def _thresholds(self, found: Found) -> dict[str, float]:
        self._keys("thresholds", found, set(_THRESHOLDS))
        for name, (low, high) in _THRESHOLDS.items():
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
        factors = []
        for item in self._items("risk_factors", found, {"code", "when", "sentence"}):
            place = f"risk_factors, {item['code']}"
            when = self._condition(f"{place}, when", item["when"], FAMILY_FLAGS)
            factors.append(RiskFactor(str(item["code"]), when, self._text(f"{place}, sentence", item["sentence"])))
        return tuple(factors)

    def _tiers(self, found: Found) -> tuple[Clause, ...]:
        clauses = []
        for item in self._items("tiers", found, {"code", "tier", "subjects", "when", "sentence"}):
            place = f"tiers, {item['code']}"
            subjects = item["subjects"]
            if not isinstance(subjects, list) or not subjects or set(subjects) - set(SUBJECTS):
                wanted = ", ".join(SUBJECTS)
                raise self._error(f"{place}, subjects", f"{subjects!r} was found; it must list some of {wanted}")
            clauses.append(
                Clause(
                    code=str(item["code"]),
                    tier=self._one_of(f"{place}, tier", item["tier"], TIERS),
                    subjects=tuple(subjects),
                    when=self._condition(f"{place}, when", item["when"], TIER_FACTS),
                    sentence=self._text(f"{place}, sentence", item["sentence"]),
                )
            )
        for before, after in pairwise(clauses):
            if after.tier < before.tier:
                raise self._error(
                    f"tiers, {after.code}", f"{after.tier} was found below a clause of {before.tier}; P1 stands first"
                )
        return tuple(clauses)

    def _items(self, place: str, found: Found, keys: set[str]) -> list[dict[str, Any]]:
        if not isinstance(found, list) or not found:
            raise self._error(place, f"{found!r} was found; it must be a list with at least one entry")
        for item in found:
            self._keys(f"{place}, {item.get('code', '?') if isinstance(item, dict) else '?'}", item, keys)
        codes = [str(item["code"]) for item in found]
        if wrong := [code for code in codes if not re.fullmatch(r"[A-Z0-9_]+", code) or code == "DATA_KURANG"]:
            raise self._error(place, f"the codes {wrong} were found; a code has capitals, digits and _ only")
        if twice := sorted({code for code in codes if codes.count(code) > 1}):
            raise self._error(place, f"{twice} stand there twice; each code may stand once")
        return found

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
