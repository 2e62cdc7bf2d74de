"""What a rules file says, and the SQL it means."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from integration.rules.facts import OF_ONE_SUBJECT, SUBJECTS, TEXT_OF_ONE_SUBJECT
from warehouse.database import literal

INCOMPLETE = "DATA_KURANG"
"""The reason that no clause gives: what is unknown of the target could make it more urgent."""


@dataclass(frozen=True)
class RiskFactor:
    """One factor of `risk_factors`: listed where `when` is true."""

    code: str
    when: str
    sentence: str
    source: str


@dataclass(frozen=True)
class Statement:
    """Something said of some subjects: `when` is SQL, `sentence` Indonesian, `source` a key of the file's sources."""

    code: str
    subjects: tuple[str, ...]
    when: str
    sentence: str
    source: str

    @property
    def sql(self) -> str:
        """The condition, false for other subjects."""
        return f"CASE WHEN subject_type IN ({_sql_list(self.subjects)}) THEN {_of_subject(self.when)} ELSE false END"


@dataclass(frozen=True)
class Clause(Statement):
    """One reason for a tier."""

    tier: str


@dataclass(frozen=True)
class RiskLevel(Statement):
    """One reason for a level of mortality risk: `tinggi` or `sedang`."""

    level: str


@dataclass(frozen=True)
class ScoreLine(Statement):
    """Points that a target gets where the statement holds."""

    points: int


@dataclass(frozen=True)
class Gap(Statement):
    """Something that is missing: `when` joins `applies` and `missing`; `agency` is whose task it is."""

    agency: str
    applies: str
    missing: str


@dataclass(frozen=True)
class Score:
    """How targets of a tier are ordered: points of the lines and of open gaps, capped."""

    cap: int
    each_gap: int
    gaps_at_most: int
    lines: tuple[ScoreLine, ...]


@dataclass(frozen=True)
class Rules:
    """The whole file; its comments say what each part means. `answers` are the code lists by the name SQL uses."""

    version: str
    effective_from: dt.date
    fingerprint: str
    sources: Mapping[str, str]
    domicile_rule: str
    krs_rule: str
    krs_target: str
    krs_risk: str
    thresholds: Mapping[str, float]
    vit_a_months: tuple[int, ...]
    answers: Mapping[str, tuple[int | str, ...]]
    risk_factors: tuple[RiskFactor, ...]
    mortality_risk: tuple[RiskLevel, ...]
    tiers: tuple[Clause, ...]
    score: Score
    gaps: tuple[Gap, ...]

    @property
    def rule_version(self) -> str:
        """What each row is stamped with: the version, and a hash of what the file says (comments aside)."""
        return f"{self.version}+{self.fingerprint}"

    @property
    def reasons(self) -> dict[str, str]:
        """The sentence of each code that `tier_reasons` may hold."""
        return {one.code: one.sentence for one in self.tiers} | {INCOMPLETE: "Data kurang; bisa jadi lebih mendesak"}

    def last_vit_a_day(self, day: dt.date) -> dt.date:
        """Give the first day of the newest month up to `day` in which vitamin A was given."""
        months = [dt.date(year, month, 1) for year in (day.year - 1, day.year) for month in self.vit_a_months]
        return max(month for month in months if month <= day)

    def sql_names(self) -> dict[str, str]:
        """Give what `.sql` files call `$name`: thresholds, code lists, conditions, clauses, points, gaps."""
        gaps = [(gap.code, f"gap_{n}") for n, gap in enumerate(self.gaps)]
        return {
            **{name: f"{number:g}" for name, number in self.thresholds.items()},
            **{name: _sql_list(answers) for name, answers in self.answers.items()},
            "domicile_rule": literal(self.domicile_rule),
            "krs_rule": literal(self.krs_rule),
            "krs_target": self.krs_target,
            "krs_risk": self.krs_risk,
            "risk_factors": _codes_sql((factor.code, f"({factor.when})") for factor in self.risk_factors),
            "mortality_risk_high": self._level_sql("tinggi"),
            "mortality_risk_medium": self._level_sql("sedang"),
            "clauses": _numbered(self.tiers, "clause"),
            "tier_reasons": _codes_sql((clause.code, f"clause_{n}") for n, clause in enumerate(self.tiers)),
            "tier": _first_tier_sql(self.tiers, "clause_{n}"),
            "tier_if_unknown_held": _first_tier_sql(self.tiers, "coalesce(clause_{n}, true)"),
            "gap_statements": _numbered(self.gaps, "gap"),
            "gaps": _codes_sql(gaps),
            "gaps_unknown": _codes_sql((code, f"{name} IS NULL") for code, name in gaps),
            "lead_agency": _cases(f"WHEN gap_{n} THEN {literal(gap.agency)}" for n, gap in enumerate(self.gaps)),
            "score": self._score_sql(),
            "rule_version": literal(self.rule_version),
        }

    def _level_sql(self, level: str) -> str:
        statements = [one.sql for one in self.mortality_risk if one.level == level]
        return " OR ".join(f"({statement})" for statement in statements) or "false"

    def _score_sql(self) -> str:
        """Give the points of a row that knows its `gap_count`."""
        lines = "\n      + ".join(f"CASE WHEN {line.sql} THEN {line.points} ELSE 0 END" for line in self.score.lines)
        of_gaps = f"least({self.score.gaps_at_most}, {self.score.each_gap} * gap_count)"
        return f"least({self.score.cap}, {lines}\n      + {of_gaps})"


def _numbered(statements: Sequence[Statement], name: str) -> str:
    return ",\n    ".join(f"{statement.sql} AS {name}_{n}" for n, statement in enumerate(statements))


def _of_subject(condition: str) -> str:
    """Make what is said of one kind of subject false, and texts empty, for the others: not unknown."""
    for subject in SUBJECTS:
        for name in OF_ONE_SUBJECT.get(subject, ()):
            condition = re.sub(rf"\b{name}\b", f"(subject_type = '{subject}' AND {name})", condition)
        for name in TEXT_OF_ONE_SUBJECT.get(subject, ()):
            value = f"CASE WHEN subject_type = '{subject}' THEN {name} ELSE '' END"
            condition = re.sub(rf"\b{name}\b", f"({value})", condition)
    return condition


def _codes_sql(codes: Iterable[tuple[str, str]]) -> str:
    cases = ",\n      ".join(f"CASE WHEN {condition} THEN {literal(code)} END" for code, condition in codes)
    return f"list_filter([\n      {cases}\n    ]::VARCHAR[], lambda one: one IS NOT NULL)"


def _first_tier_sql(clauses: Sequence[Clause], condition: str) -> str:
    return _cases(
        (
            f"WHEN {condition.format(n=n)} THEN '{clause.tier}'"
            for n, clause in sorted(enumerate(clauses), key=lambda item: item[1].tier)
        ),
        "'P5'",
    )


def _cases(cases: Iterable[str], otherwise: str = "NULL") -> str:
    lines = "\n      ".join(cases)
    return f"CASE\n      {lines}\n      ELSE {otherwise}\n    END"


def _sql_list(values: Sequence[int | str]) -> str:
    # IN (NULL) is never true: what an empty list means.
    return ", ".join(literal(one) if isinstance(one, str) else str(one) for one in values) or "NULL"
