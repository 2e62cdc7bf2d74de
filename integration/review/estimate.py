"""What people's verdicts say of the matching: precision and recall of its automatic links, and its probabilities.

Precision is measured on the links that were drawn by lot (`check`). Recall is estimated: the true links among the
joined, against the true ones that still wait in the review queue, reason by reason. A pair the matching held for
plainly different, or never compared, is in neither: the recall is that of what was seen as possible.
"""

import datetime as dt
from dataclasses import dataclass

from integration.linkage.calibration import wilson
from integration.review.decisions import newest
from integration.review.questions import open_pairs
from warehouse.database import Connection, count, rows

LEAST_CHECKED = 100
"""Fewer judged check pairs say nothing of precision: a single wrong one would already be more than 1 %."""
LEAST_DOUBTFUL = 30
"""Fewer judged doubtful pairs say nothing of what is missed, unless none is left to judge."""
_BINS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999)


@dataclass(frozen=True)
class Share:
    """A share (0 to 1) with its 95 % interval, and on how many verdicts it rests."""

    value: float
    low: float
    high: float
    labels: int

    def __str__(self) -> str:
        return f"{self.value:.2%} (95 %: {self.low:.2%} to {self.high:.2%}; {self.labels:,} verdicts)"


@dataclass(frozen=True)
class ReliabilityBin:
    """Pairs of one kind with a probability from `low` to below `high`: what was expected, and what people found."""

    sampled_as: str
    low: float
    high: float
    expected: float
    observed: Share


@dataclass(frozen=True)
class LinkEstimate:
    """Precision and recall of the automatic links, None where there are too few verdicts to say.

    `checked` and `doubtful` count the pairs with a verdict same or different; who could not tell is left out.
    """

    precision: Share | None
    recall: Share | None
    checked: int
    doubtful: int
    reliability: tuple[ReliabilityBin, ...]

    def as_text(self) -> str:
        """Lay it out for the terminal."""
        too_few = (
            f"not evaluable yet; judged are {self.checked:,} check pairs ({LEAST_CHECKED} needed) and "
            f"{self.doubtful:,} doubtful ({LEAST_DOUBTFUL} needed, or all)"
        )
        lines = [
            f"precision of automatic links: {self.precision or too_few}",
            f"recall, as far as the queue shows: {self.recall or too_few}",
        ]
        if self.reliability:
            lines.append(f"{'asked as':9} {'probability':>16} {'expected':>9}  found the same by people")
        lines += [
            f"{one.sampled_as:9} {f'{one.low:g} to {one.high:g}':>16} {one.expected:9.2%}  {one.observed}"
            for one in self.reliability
        ]
        return "\n".join(lines)


def share_of(hits: float, trials: int) -> Share:
    """Give `hits` of `trials` as a share with its Wilson interval; of no trials, 0 to 1."""
    return Share(hits / trials, *wilson(hits, trials), trials) if trials else Share(0.5, 0.0, 1.0, 0)


def estimate_links(con: Connection, since: dt.datetime | None = None) -> LinkEstimate:
    """Estimate precision and recall of the automatic links from the newest verdict of each pair.

    With `since` (UTC) only verdicts from then on count: those on another model say little of this one. A pair counts as
    what it was first asked as. Recall = joined true / (joined true + missed); joined true is the number of automatic
    links times their precision, and those people made; missed is, for each reason in the review queue, its pairs times
    the share of `same` among those judged (for a reason nobody has judged, that of all). Its interval takes the worst
    of all parts together, and so is wider than 95 %.
    """
    _write_labels(con, since)
    judged = {
        (kind, reason): (same, total)
        for kind, reason, same, total in rows(
            con,
            """
            SELECT sampled_as, coalesce(reason, ''), count(*) FILTER (verdict = 'same'), count(*)
            FROM label GROUP BY ALL
            """,
        )
    }
    right, checked = _sum(judged, "check")
    found, doubtful = _sum(judged, "doubtful")
    precision = share_of(right, checked) if checked >= LEAST_CHECKED else None
    recall = None
    if precision and doubtful and (doubtful >= LEAST_DOUBTFUL or not open_pairs(con)):
        recall = _recall(con, precision, judged, found / doubtful, doubtful)
    return LinkEstimate(precision, recall, checked, doubtful, _reliability(con))


def _write_labels(con: Connection, since: dt.datetime | None) -> None:
    """Write the temporary table `label`: pairs judged same or different, and how each was asked for the first time."""
    newest(con)
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE label AS
        WITH asked AS (
            SELECT description_a, description_b, sampled_as, reason, match_probability
            FROM counted_decision
            QUALIFY row_number() OVER (
                PARTITION BY description_a, description_b ORDER BY exported_at, sampled_as, decided_at, decided_by) = 1
        )
        SELECT asked.*, verdict
        FROM asked JOIN newest_decision USING (description_a, description_b)
        WHERE verdict <> 'unknown' AND decided_at >= coalesce($since, '-infinity'::TIMESTAMP)
        """,
        {"since": since},
    )


def _sum(judged: dict[tuple[str, str], tuple[int, int]], kind: str) -> tuple[int, int]:
    """Add up same and all of one kind, whatever the reason."""
    counts = [counts for (sampled_as, _), counts in judged.items() if sampled_as == kind]
    return sum(same for same, _ in counts), sum(total for _, total in counts)


def _recall(
    con: Connection, precision: Share, judged: dict[tuple[str, str], tuple[int, int]], overall: float, doubtful: int
) -> Share | None:
    """Weigh what was joined against what the queue is expected to hold; None where there is neither."""
    automatic = count(
        con,
        "SELECT count(*) FROM matched_pairs.candidate_pair "
        "WHERE chosen AND match_band = 'auto' AND match_method <> 'manual'",
    )
    by_people = count(con, "SELECT count(*) FROM matched_pairs.candidate_pair WHERE chosen AND match_method = 'manual'")
    missed = missed_low = missed_high = 0.0
    for reason, waiting in rows(con, "SELECT reason, count(*) FROM matched_pairs.review_queue GROUP BY reason"):
        share = share_of(*judged.get(("doubtful", reason), (0, 0)))
        missed += waiting * (share.value if share.labels else overall)
        missed_low += waiting * share.low
        missed_high += waiting * share.high
    joined, joined_low, joined_high = (
        automatic * share + by_people for share in (precision.value, precision.low, precision.high)
    )
    if not joined + missed:
        return None
    return Share(
        value=joined / (joined + missed),
        low=joined_low / (joined_low + missed_high),
        high=joined_high / (joined_high + missed_low),
        labels=precision.labels + doubtful,
    )


def _reliability(con: Connection) -> tuple[ReliabilityBin, ...]:
    """Set the mean probability of each bin beside the share that people found to be the same."""
    bins = ", ".join(f"({low}, {high})" for low, high in zip(_BINS, (*_BINS[1:], 1.0), strict=True))
    found = rows(
        con,
        f"""
        SELECT sampled_as, low, high, avg(match_probability), count(*) FILTER (verdict = 'same'), count(*)
        FROM label
        JOIN (VALUES {bins}) AS bin(low, high)
            ON match_probability >= low AND (match_probability < high OR high = 1)
        GROUP BY ALL ORDER BY ALL
        """,
    )
    return tuple(
        ReliabilityBin(kind, float(low), float(high), expected, share_of(same, total))
        for kind, low, high, expected, same, total in found
    )
