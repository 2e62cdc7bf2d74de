"""Taking a filled workbook into the decisions, and telling what came of it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from integration.review.answers import TOLD, Answers, WorkbookRefused
from integration.review.decisions import Contradiction, add, contradictions, ensure, save
from integration.review.labels import labels
from integration.review.questions import open_pairs
from warehouse.database import Connection, count, rows
from warehouse.settings import Home

Pair = tuple[int, int]


@dataclass(frozen=True)
class ImportSummary:
    """What a workbook brought: its verdicts by kind, how many of them are new, and what stands after it.

    `without_effect` are the rows whose facts changed since the export; `conflicts` is one sentence for each thing that
    cannot be true, by row numbers. `honoured` counts all standing decisions, `open` the doubtful pairs without one.
    """

    file: str
    verdicts: Mapping[str, int]
    new: int
    empty: int
    without_effect: tuple[int, ...]
    conflicts: tuple[str, ...]
    honoured: int
    open: int

    def as_text(self) -> str:
        """Lay it out for the terminal; no person is named."""
        words = labels().answers
        given = sum(self.verdicts.values())
        kinds = ", ".join(f"{self.verdicts.get(verdict, 0):,} {verdict} ({word})" for verdict, word in words.items())
        lines = [
            f"{self.file}: {given:,} answers, {self.empty:,} rows left empty",
            f"  {kinds}",
            f"  {self.new:,} of the answers are new, {given - self.new:,} were known already",
        ]
        if self.without_effect:
            lines.append(
                f"  {_rows(self.without_effect)}: the facts have changed since the export. Kept, but without effect; "
                "where the pair is still doubtful, the next export asks it anew."
            )
        lines += [f"  {one}" for one in self.conflicts[:TOLD]]
        if len(self.conflicts) > TOLD:
            lines.append(f"  {len(self.conflicts) - TOLD:,} more contradictions of these kinds.")
        if self.conflicts:
            lines.append("  To correct an answer, change it in its workbook, save that, and import it again.")
        lines.append(
            f"{self.honoured:,} decisions will be honoured by the next run; {self.open:,} pairs are still open"
        )
        return "\n".join(lines)


def import_answers(con: Connection, home: Home, answers: Answers, decided_by: str) -> ImportSummary:
    """Add the answers to `matched_pairs.decision` and to the copy in the home, and look at what now stands.

    Contradictions stop nothing: all is kept, and told. Raises `WorkbookRefused` when nobody answers for it.
    """
    who = " ".join(decided_by.split())
    if not who:
        raise WorkbookRefused(
            f"{answers.file}: found an empty name; wanted is who answers for these decisions. Say so with --by NAME."
        )
    ensure(con, home)
    new = add(con, answers, who)
    save(con, home)

    impossible = contradictions(con)  # leaves newest_decision and standing_decision behind
    row_of = {_pair(one.pair.description_a, one.pair.description_b): one.row for one in answers.given}
    still_there = set(rows(con, _STILL_THERE))
    return ImportSummary(
        file=answers.file,
        verdicts=Counter(one.verdict for one in answers.given),
        new=new,
        empty=answers.empty,
        without_effect=tuple(row for pair, row in row_of.items() if pair not in still_there),
        conflicts=(*_disagreements(con, row_of), *_impossible(con, impossible, row_of)),
        honoured=count(con, "SELECT count(*) FROM standing_decision"),
        open=open_pairs(con),
    )


_STILL_THERE = """
SELECT description_a, description_b
FROM newest_decision
SEMI JOIN matched_pairs.description AS a ON a.description_id = description_a
SEMI JOIN matched_pairs.description AS b ON b.description_id = description_b
"""


def _disagreements(con: Connection, row_of: Mapping[Pair, int]) -> list[str]:
    """Tell the pairs of this workbook of which one person says same and another one different."""
    words = labels().answers
    found = rows(
        con,
        """
        WITH by_person AS (
            SELECT * FROM counted_decision
            QUALIFY row_number() OVER (
                PARTITION BY description_a, description_b, decided_by ORDER BY decided_at DESC, verdict) = 1
        )
        SELECT p.description_a, p.description_b, n.verdict,
            list({'verdict': p.verdict, 'file': p.source_file, 'row': p.source_row_no} ORDER BY p.decided_at)
        FROM by_person AS p JOIN newest_decision AS n USING (description_a, description_b)
        WHERE p.verdict <> 'unknown'
        GROUP BY ALL HAVING count(DISTINCT p.verdict) > 1
        """,
    )
    told = []
    for a, b, newest, said in found:
        if (a, b) in row_of:
            each = ", ".join(f"{words[one['verdict']]} in row {one['row']} of {one['file']}" for one in said)
            told.append(
                (row_of[a, b], f"people disagree: {each}. All is kept; the newest counts, which is {words[newest]}.")
            )
    return [f"Row {row}: {sentence}" for row, sentence in sorted(told)]


def _impossible(con: Connection, found: Iterable[Contradiction], row_of: Mapping[Pair, int]) -> list[str]:
    """Tell the chains of verdicts in which this workbook has a part."""
    same, different = labels().answers["same"], labels().answers["different"]
    place = {
        (a, b): f"row {row_of[a, b]}" if (a, b) in row_of else f"row {row} of {file}"
        for a, b, file, row in rows(
            con, "SELECT description_a, description_b, source_file, source_row_no FROM newest_decision"
        )
    }
    told = []
    for one in found:
        links = [_pair(*link) for link in pairwise(one.chain)]
        ends = _pair(one.chain[0], one.chain[-1])
        if not row_of.keys() & {*links, ends}:
            continue
        together = f"{' and '.join(place[link] for link in links)} say {same}"
        if one.because == "different":
            told.append(f"Contradiction: {together}, but {place[ends]} says {different}. All is kept.")
        else:
            told.append(f"Contradiction: {together}, but that is two persons of the civil register. All is kept.")
    return told


def _pair(one: int, other: int) -> Pair:
    return min(one, other), max(one, other)


def _rows(numbers: Iterable[int]) -> str:
    told = [f"{number}" for number in numbers]
    return f"Row{'s' if len(told) > 1 else ''} {', '.join(told)}"
