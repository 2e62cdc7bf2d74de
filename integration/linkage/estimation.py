"""Learning the weights of a Fellegi-Sunter model without truth: u from random pairs, m and the prior by EM.

`m` is how often matches show a level, `u` how often two different persons do (for a level with `per`: a multiple of how
common the compared value is). Where records are placed in a spine its persons compete: a record is at most one of its
candidates, or nobody, so a twin never counts as a second match.

After plain EM (Dempster, Laird, Rubin 1977) the m of each comparison is learned from those pairs only that the *other*
comparisons have decided. Blocking hides matches that differ in much, and a comparison that is needed to call a pair a
match can hardly be seen to differ there: plain EM so makes disagreement look rarer among matches than it is. These
pairs count with their whole probability, not with that of the other comparisons, which keeps brothers and twins out.

Pairs that agree on a number that one person alone holds are nearly all matches, whatever the weights say: their m
stands beside that of EM in the report, and in its place where EM saw too few matches. Not elsewhere: who gives a number
is not like the rest (in one regency 90 % of them agree on RT and RW, of all matches 64 %).
"""

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from integration.linkage.model import Comparison
from integration.linkage.pair_evidence import Candidates, CannotTrain, Evidence, Floats, Pairs

_IMAGINED_MATCHES = 20.0
"""How many matches the declared m of a comparison counts for."""

_LEAST_IMAGINED = 0.5
"""Of these at least so many for each level: what was never seen among 10,000 matches is rare, not impossible."""

_DECIDED = 0.95
"""From this probability on the other comparisons have decided a pair."""

_FEW_MATCHES = 30.0
"""With fewer matches to learn from, the m of a comparison is mostly the declared one."""

_HIGHEST_SHARE = 0.999
"""A record in a thousand may always be nobody's, however well all were placed."""

_TOLERANCE = 0.005
"""EM ends when neither a weight nor the prior moves by more bits than this."""

_MOST_ITERATIONS = 200


@dataclass(frozen=True)
class Prior:
    """What is believed before looking at a pair.

    In a spine: the share of records whose person is in it, among so many `rivals` (its persons), and `cases` records to
    be placed, those without any candidate too. De-duplicating: the share of all `cases` = n (n - 1) / 2 possible pairs
    that match; `rivals` is 1. Raises `CannotTrain` when a number is out of bounds.
    """

    share: float
    cases: float
    rivals: float = 1

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise CannotTrain(f"The prior has a share of {self.share:g}; it must be above 0 and below 1.")
        for name, value in (("cases", self.cases), ("rivals", self.rivals)):
            if not 1 <= value < math.inf:
                raise CannotTrain(f"The prior has {value:g} {name}; it must be a number from 1.")

    @property
    def weight(self) -> float:
        """The prior of one pair in bits (log2 odds)."""
        return math.log2(self.share / (1 - self.share) / self.rivals)


@dataclass(frozen=True)
class LevelEstimate:
    """What was learned of one level; `u` is a multiple of the value's frequency where the level has `per`.

    `weight` in bits, for `per` that of a value as common as those of the matches usually are. `weight_error`: its
    standard error (delta method), None where m or u could not be learned and `why_not` says why. `pairs` and
    `random_pairs` show the level; `matches` is how many matches that show it m was learned from. `m_of_identified` is
    the share among pairs that agree on a number, None where these are few; `by_identified`: m was learned from them.
    """

    comparison: str
    level: str
    m: float
    u: float
    weight: float
    weight_error: float | None
    pairs: float
    matches: float
    random_pairs: int
    per: str | None
    learned: bool
    why_not: str | None
    m_of_identified: float | None = None
    by_identified: bool = False


@dataclass(frozen=True)
class Estimate:
    """A trained model. `log_likelihood` (natural, with what the declaration adds to it) stands once per iteration.

    Without a family cap it never falls in the first `plain_iterations`; where the other comparisons decide, it may.
    """

    levels: tuple[LevelEstimate, ...]
    prior: Prior
    iterations: int
    plain_iterations: int
    converged: bool
    log_likelihood: tuple[float, ...]
    pairs: float
    random_pairs: int
    matches: float
    identified: int = 0

    @property
    def out_of_order(self) -> tuple[tuple[LevelEstimate, LevelEstimate], ...]:
        """Neighbouring levels of which the later weighs more, by more than twice the error: the model may be wrong."""
        return tuple(
            (first, second)
            for first, second in zip(self.levels, self.levels[1:], strict=False)
            if first.comparison == second.comparison
            and first.weight_error is not None
            and second.weight_error is not None
            and second.weight - first.weight > 2 * math.hypot(first.weight_error, second.weight_error)
        )


def estimate(
    comparisons: Sequence[Comparison],
    candidates: Candidates,
    random: Pairs,
    prior: Prior,
    *,
    family_cap: float = math.inf,
    of_what_agrees: Collection[str] = (),
    kept_u: Collection[str] = (),
    others_decide: bool = True,
) -> Estimate:
    """Learn m, u and the prior; declared values are the start and weigh as much as a few pairs.

    `random`: records beside random other persons, the records drawn from those of `candidates` (so that both equally
    often say nothing, or only a year); matches among them are recognised and left out.
    `family_cap`: the most bits that the comparisons about the family may speak for a pair, together.
    `of_what_agrees`: features that tell how common the part is that agrees; all others must be known of any value.
    `kept_u`: comparisons whose u stays as declared, as random pairs cannot show it.
    `others_decide=False` is plain EM. The order of pairs does not matter. Raises `CannotTrain`.
    """
    if not len(candidates.levels):
        raise CannotTrain(
            "There are no candidate pairs to learn from. Check that records were read and that the blocking keys of "
            "the model bring records together."
        )
    evidence = Evidence.lay_out(comparisons, candidates, family_cap)
    strangers = Evidence.lay_out(comparisons, Candidates(random.levels, random.frequency), family_cap)
    declared_m = [np.array([level.m for level in comparison.levels]) for comparison in comparisons]
    training = _Training(
        evidence, [np.maximum(_IMAGINED_MATCHES * m / m.sum(), _LEAST_IMAGINED) for m in declared_m], prior
    )
    start = _State(
        m=[m / m.sum() for m in declared_m],
        u=[np.array([level.u for level in comparison.levels]) for comparison in comparisons],
        prior=replace(prior, share=min(prior.share, _HIGHEST_SHARE)),
    )
    # The few matches among the random pairs are told from the rest by what is known of m: once declared, once learned.
    state = start
    for _ in range(2):
        no_match = 1 - strangers.judge(state.bits, state.prior.weight)[0]
        sightings = [
            _sight(comparison, random.levels[:, place], random, no_match, of_what_agrees, comparison.name in kept_u)
            for place, comparison in enumerate(comparisons)
        ]
        state, trace, converged = training.run(replace(start, u=[seen.u for seen in sightings]))
    plain_iterations = len(trace)
    if others_decide:
        training = training.where_others_decide(state)
        state, more, converged = training.run(state)
        trace += more
    return Estimate(
        levels=tuple(_describe(comparisons, candidates, evidence, training, state, sightings)),
        prior=state.prior,
        iterations=len(trace),
        plain_iterations=plain_iterations,
        converged=converged,
        log_likelihood=tuple(trace),
        pairs=float(evidence.tally().sum()),
        random_pairs=len(random.levels),
        matches=float(evidence.tally(evidence.judge(state.bits, state.prior.weight)[0]).sum()),
        identified=0 if candidates.identified is None else int(candidates.identified.sum()),
    )


def report(estimate: Estimate) -> str:
    """Lay an estimate out for the terminal: a table of levels, then in sentences what one should know of it."""
    rows = [("comparison", "level", "m", "", "by number", "u", "", "weight", "error", "pairs", "matches", "random")]
    for level in estimate.levels:
        error = "" if level.weight_error is None else f"{level.weight_error:.2f}"
        by_number = "" if level.m_of_identified is None else f"{level.m_of_identified:.5f}"
        rows.append(
            (level.comparison, level.level, f"{level.m:.5f}", "n" if level.by_identified else "", by_number,
             f"{level.u:.2g}", "x" if level.per else "", f"{level.weight:+.2f}", error, f"{level.pairs:,.0f}",
             f"{level.matches:,.0f}", f"{level.random_pairs:,}")
        )  # fmt: skip
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    table = [
        " ".join(cell.ljust(width) if place in (0, 1, 3, 6) else cell.rjust(width)
                 for place, (cell, width) in enumerate(zip(row, widths, strict=True)))
        for row in rows
    ]  # fmt: skip
    prior, trace = estimate.prior, estimate.log_likelihood
    end = "converged" if estimate.converged else "did NOT converge: the weights are not final"
    said = [
        "x: a multiple of how common the value is. Weight in bits; error: its standard error.",
        f"by number: m among the {estimate.identified:,} pairs that agree on a number nobody else has; n: it is used, "
        "as EM saw too few matches.",
        f"{estimate.iterations} iterations, {end}; log-likelihood from {trace[0]:,.1f} to {trace[-1]:,.1f}.",
        f"{estimate.matches:,.0f} of {estimate.pairs:,.0f} candidate pairs are probably matches. Prior: a share of "
        f"{prior.share:.4g} of {prior.cases:,.0f} cases, {prior.weight:+.2f} bits. "
        f"u from {estimate.random_pairs:,} random pairs.",
        *(f"{level.comparison}, level {level.level}: {level.why_not}" for level in estimate.levels if level.why_not),
        *(
            f"{first.comparison}: level {second.level} ({second.weight:+.1f} bits) stands after {first.level} "
            f"({first.weight:+.1f} bits) but speaks more for a match."
            for first, second in estimate.out_of_order
        ),
    ]
    return "\n".join(line.rstrip() for line in (*table, *said))


@dataclass(frozen=True)
class _State:
    """What is being learned: for each comparison the m and the u of its levels; and the prior."""

    m: list[Floats]
    u: list[Floats]
    prior: Prior

    @property
    def bits(self) -> list[Floats]:
        """The weight of each level by its number; level 0, unknown, weighs nothing."""
        return [np.append(0.0, np.log2(m / u)) for m, u in zip(self.m, self.u, strict=True)]


@dataclass(frozen=True)
class _Training:
    """EM on laid-out pairs; `held`: the comparisons that are learned only where the others decide."""

    evidence: Evidence
    imagined: list[Floats]
    declared: Prior
    held: frozenset[int] = frozenset()

    def run(self, state: _State) -> tuple[_State, list[float], bool]:
        """Repeat E- and M-step until the weights stand still; give the log-likelihood of each iteration too."""
        trace: list[float] = []
        while len(trace) < _MOST_ITERATIONS:
            probability, log_evidence = self.evidence.judge(state.bits, state.prior.weight)
            trace.append(log_evidence + self._log_belief(state))
            shown = self.shown(state, probability, probability)
            m = [_normalised(matches + few) for matches, few in zip(shown, self.imagined, strict=True)]
            prior = self._prior(float(self.evidence.tally(probability).sum()))
            moved = [float(np.abs(np.log2(new / old)).max()) for new, old in zip(m, state.m, strict=True)]
            moved.append(abs(prior.weight - state.prior.weight))
            state = replace(state, m=m, prior=prior)
            if max(moved) < _TOLERANCE:
                return state, trace, True
        return state, trace, False

    def shown(self, state: _State, probability: Floats, counted: Floats) -> list[Floats]:
        """For each comparison, how often its levels are shown by the pairs it is learned from, each `counted` so."""
        whole = self.evidence.tally(counted)
        shown = []
        for place, few in enumerate(self.imagined):
            tally = whole
            if place in self.held:
                by_others, _ = self.evidence.judge(state.bits, state.prior.weight, without=place)
                tally = self.evidence.tally(np.where(by_others >= _DECIDED, counted, 0.0))
            shown.append(self.evidence.by_level(tally, place, len(few)))
        return shown

    def where_others_decide(self, state: _State) -> "_Training":
        """Hold each comparison against the others from now on, unless these decide too seldom to learn from."""
        evidence = self.evidence.hopeful(state.bits, state.prior.weight)
        training = replace(self, evidence=evidence, held=frozenset(range(len(self.imagined))))
        probability, _ = evidence.judge(state.bits, state.prior.weight)
        shown = training.shown(state, probability, probability)
        return replace(
            training, held=frozenset(place for place, matches in enumerate(shown) if matches.sum() >= _FEW_MATCHES)
        )

    def _prior(self, matches: float) -> Prior:
        # The declared share counts for as many cases as hold one match.
        share = (matches + 1) / (self.declared.cases + 1 / self.declared.share)
        return replace(self.declared, share=min(share, _HIGHEST_SHARE))

    def _log_belief(self, state: _State) -> float:
        """Give the part of the log-likelihood that is not in the pairs: cases without a match, imagined matches."""
        imagined = sum(float(few @ np.log(m)) for few, m in zip(self.imagined, state.m, strict=True))
        no_match = self.declared.cases + 1 / self.declared.share - 1
        return imagined + math.log(state.prior.share) + no_match * math.log1p(-state.prior.share)


@dataclass(frozen=True)
class _Sightings:
    """How often random pairs show each level of a comparison; `worth`: as how many independent sightings."""

    pairs: NDArray[np.int64]
    worth: Floats
    u: Floats
    kept: bool


def _sight(
    comparison: Comparison,
    shown: NDArray[np.uint8],
    random: Pairs,
    no_match: Floats,
    of_what_agrees: Collection[str],
    kept: bool,
) -> _Sightings:
    """Count the levels of a comparison over random pairs, each as far as it is no match.

    With `per`, P(level | value) = u * frequency: u is how often the level is seen over how often it would be at u = 1.
    Where the frequency is that of the part that agrees, it has no meaning for pairs that do not show the level, and
    each that does stands for 1 / frequency of them (Horvitz-Thompson).
    """
    known = shown > 0
    worth = np.bincount(shown, no_match, len(comparison.levels) + 1)[1:].astype(np.float64, copy=False)
    u = np.array([level.u for level in comparison.levels])
    for number, level in enumerate(comparison.levels):
        opportunities = float(no_match[known].sum())
        if level.per is not None and level.per in of_what_agrees:
            its = shown == number + 1
            stands_for = no_match[its] / random.frequency[level.per][its]
            # Never seen: how common the part would have been is not known, and the declared u is all there is.
            worth[number] = stands_for.sum() ** 2 / (stands_for**2).sum() if stands_for.sum() > 0 else 0
            opportunities *= worth[number] / stands_for.sum() if worth[number] else 0
        elif level.per is not None:
            opportunities = float(np.nansum(random.frequency[level.per][known] * no_match[known]))
        if opportunities > 0 and not kept:
            u[number] = _rate(float(worth[number]), opportunities, level.u)
    return _Sightings(np.bincount(shown, minlength=len(u) + 1)[1:], worth, u, kept)


def _rate(seen: float, opportunities: float, declared: float) -> float:
    """Say how often something is seen; the declared rate counts for as many opportunities as hold one sighting.

    Never seen: the declared rate, unless it must be lower (rule of three, 95 %).
    """
    if seen < 1:
        return min(declared, 3 / opportunities)
    few = 1 / max(declared, seen / opportunities)
    return (seen + few * declared) / (opportunities + few)


def _normalised(counts: Floats) -> Floats:
    return np.asarray(counts / counts.sum())


def _of_identified(candidates: Candidates, comparison: str, place: int, levels: int) -> Floats:
    """Count the levels of a comparison among the pairs that agree on a number; of the number they tell nothing."""
    if candidates.identified is None or comparison == candidates.identifier:
        return np.zeros(levels)
    return np.bincount(candidates.levels[candidates.identified, place], minlength=levels + 1)[1:].astype(np.float64)


def _better_known(matches: Floats, identified: Floats) -> NDArray[np.bool_]:
    """Say which levels are better learned from the pairs that agree on a number than from the matches EM found."""
    if identified.sum() < _FEW_MATCHES:
        return np.zeros(len(matches), dtype=np.bool_)
    return np.asarray((matches.sum() < _FEW_MATCHES) | (matches < 1) & (identified >= 1))


def _describe(
    comparisons: Sequence[Comparison],
    candidates: Candidates,
    evidence: Evidence,
    training: _Training,
    state: _State,
    sightings: list[_Sightings],
) -> Iterator[LevelEstimate]:
    """Say of each level what was learned, how surely, and from how much."""
    everything = evidence.tally()
    probability, _ = training.evidence.judge(state.bits, state.prior.weight)
    shown = training.shown(state, probability, probability)
    # What a pair tells of m goes with the square of its probability: one that is half a match tells a quarter.
    told = training.shown(state, probability, probability**2)
    for place, (comparison, seen) in enumerate(zip(comparisons, sightings, strict=True)):
        pairs = evidence.by_level(everything, place, len(comparison.levels))
        usual = training.evidence.usual_frequency(place, len(comparison.levels), probability)
        matches, sure, m_of_all = shown[place], told[place], state.m[place]
        identified = _of_identified(candidates, comparison.name, place, len(comparison.levels))
        by_identified = _better_known(matches, identified)
        if by_identified.any():
            # Single levels stand among as many matches as EM found, all levels for themselves.
            as_many = identified if by_identified.all() else identified * matches.sum() / identified.sum()
            matches, sure = np.where(by_identified, as_many, matches), np.where(by_identified, as_many, sure)
            m_of_all = _normalised(matches + training.imagined[place])
        sure = sure + training.imagined[place]
        for number, level in enumerate(comparison.levels):
            m, u = float(m_of_all[number]), float(seen.u[number])
            why_not = _why_not(pairs[number] + seen.pairs[number] > 0, matches, seen, number, u == level.u)
            error = None
            if why_not is None:
                u_variance = (1 if level.per else max(1 - u, 0)) / seen.worth[number]
                error = math.sqrt(1 / sure[number] - 1 / sure.sum() + u_variance) / math.log(2)
            yield LevelEstimate(
                comparison=comparison.name,
                level=level.name,
                m=m,
                u=u,
                weight=math.log2(m / u) - float(usual[number]),
                weight_error=error,
                pairs=float(pairs[number]),
                matches=float(matches[number]),
                random_pairs=int(seen.pairs[number]),
                per=level.per,
                learned=why_not is None,
                why_not=why_not,
                m_of_identified=float(identified[number] / identified.sum())
                if identified.sum() >= _FEW_MATCHES
                else None,
                by_identified=bool(by_identified[number]),
            )


def _why_not(used: bool, matches: Floats, seen: _Sightings, number: int, u_is_declared: bool) -> str | None:
    """Say in a sentence why the weight of a level was not learned; None when it was."""
    if not used:
        return "no pair shows this level."
    said, all_matches = [], float(matches.sum())
    if all_matches < _FEW_MATCHES:
        said.append(f"only {all_matches:,.1f} matches say anything here, so m is mostly the declared one")
    elif matches[number] < 1:
        said.append(f"hardly one of {all_matches:,.0f} matches shows it, so m is rather an upper bound")
    if seen.kept:
        said.append("u is kept as declared")
    elif seen.worth[number] < 1:
        bound = "the declared u is kept" if u_is_declared else f"u is at most {seen.u[number]:.2g}"
        said.append(f"no two different persons among {int(seen.pairs.sum()):,} random pairs show it, so {bound}")
    return "; ".join(said) + "." if said else None
