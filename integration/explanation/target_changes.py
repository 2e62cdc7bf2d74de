"""What another rules file would change: the targets of a home computed by both, and the differences counted."""

import csv
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from integration.explanation.target_home import beside, compute_targets, period_of
from integration.rules import Rules
from warehouse.database import Connection, rows
from warehouse.errors import PadanError
from warehouse.progress import Say, silent
from warehouse.settings import Home
from warehouse.tables import table

_TARGETING = table("targeting.targeting")
_COMPARE = Path(__file__).with_name("target_changes.sql")
_OF_THE_RUN = {"rule_version", "run_id", "published_at", "source_refs"}
_LISTED = ("target_id", "subject_type", "change", "old_tier", "new_tier", "old_reasons", "new_reasons", "old_score",
           "new_score", "old_gaps", "new_gaps")  # fmt: skip

Counted = tuple[str | int | None, ...]


@dataclass(frozen=True)
class TargetChanges:
    """Counts only, nobody's row; every list is in reading order.

    `subjects`: subject, targets before, after, entering, leaving. `tiers`: subject, tier before, after, targets
    (None: no target). `reasons` and `gaps`: code, targets that get it, that lose it. `krs`: before, after, families.
    `scores`: subject, targets that rise, that fall, mean change in points over all that stay. `columns`: column, rows
    of targets that stay in which it has another value. `listed`: the targets that differ in anything a list of them
    would show, as the columns of `target_change` that `write_list` names.
    """

    period: str
    subjects: Sequence[Counted]
    tiers: Sequence[Counted]
    reasons: Sequence[Counted]
    gaps: Sequence[Counted]
    krs: Sequence[Counted]
    scores: Sequence[Counted]
    columns: Sequence[Counted]
    listed: Sequence[tuple[object, ...]]


def target_changes(home: Home, old: Rules, new: Rules, say: Say = silent) -> TargetChanges:
    """Compute the home's targets by both rules, in memory, and count what differs; the home is only read.

    Raises `HomeError` for a home without persons, `HomeBusy` while a run writes to it.
    """
    with beside(home) as con:
        period, period_end = period_of(con)
        say(f"by {old.rule_version}")
        compute_targets(con, home, old, period, period_end)
        con.execute("CREATE TEMP TABLE before_change AS FROM targeting.targeting")
        say(f"by {new.rule_version}")
        compute_targets(con, home, new, period, period_end)
        con.execute(_COMPARE.read_text(encoding="utf-8"))
        return TargetChanges(
            period=period,
            subjects=rows(con, _SUBJECTS),
            tiers=rows(con, _TIERS),
            reasons=rows(con, _codes("reasons")),
            gaps=rows(con, _codes("gaps")),
            krs=rows(con, _KRS),
            scores=rows(con, _SCORES),
            columns=_columns(con),
            listed=rows(con, _LIST),
        )


def write_list(changes: TargetChanges, path: Path) -> int:
    """Write the targets that would differ as CSV, for the owner's eyes alone, and give their number.

    It holds target ids and health facts, no names. Raises `PadanError` when the file cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            os.fchmod(file.fileno(), 0o600)  # of a file that was there before, too
            lines = csv.writer(file)
            lines.writerow(_LISTED)
            lines.writerows([_cell(value) for value in row] for row in changes.listed)
    except OSError as error:
        raise PadanError(f"{path} cannot be written: {error.strerror}. Name another file with --out.") from error
    return len(changes.listed)


def _cell(value: object) -> object:
    return " ".join(value) if isinstance(value, list) else value


def _columns(con: Connection) -> list[Counted]:
    names = [name for name in _TARGETING.column_names if name not in _OF_THE_RUN]
    differing = ", ".join(f'count(*) FILTER (a."{name}" IS DISTINCT FROM b."{name}")' for name in names)
    [numbers] = rows(con, f"SELECT {differing} FROM targeting.targeting AS a JOIN before_change AS b USING (target_id)")
    return [(name, number) for name, number in zip(names, numbers, strict=True) if number]


def _codes(what: str) -> str:
    return f"""
SELECT code, count(*) FILTER (gained), count(*) FILTER (NOT gained)
FROM (
  SELECT unnest(list_filter(coalesce(new_{what}, []), lambda one: NOT list_contains(coalesce(old_{what}, []), one)))
    AS code, true AS gained FROM target_change
  UNION ALL
  SELECT unnest(list_filter(coalesce(old_{what}, []), lambda one: NOT list_contains(coalesce(new_{what}, []), one))),
    false FROM target_change
)
GROUP BY code ORDER BY code"""


_SUBJECTS = """
SELECT subject_type, count(old_tier), count(new_tier), count(*) FILTER (change = 'enters'),
  count(*) FILTER (change = 'leaves')
FROM target_change GROUP BY subject_type ORDER BY subject_type"""
_TIERS = "SELECT subject_type, old_tier, new_tier, count(*) FROM target_change GROUP BY ALL ORDER BY ALL"
# A family whose rows all left or entered says nothing of the other side.
_KRS = """
SELECT old_krs, new_krs, count(DISTINCT family_id) FROM target_change
WHERE change = 'stays' AND old_krs IS DISTINCT FROM new_krs GROUP BY ALL ORDER BY ALL"""
_SCORES = """
SELECT subject_type, count(*) FILTER (new_score > old_score), count(*) FILTER (new_score < old_score),
  round(avg(new_score - old_score), 2)
FROM target_change WHERE change = 'stays' GROUP BY subject_type ORDER BY subject_type"""
_LIST = f"""
SELECT {", ".join(_LISTED)} FROM target_change
WHERE change <> 'stays' OR (old_tier, old_reasons, old_score, old_gaps)
  IS DISTINCT FROM (new_tier, new_reasons, new_score, new_gaps)
ORDER BY new_tier NULLS LAST, new_score DESC, target_id"""
