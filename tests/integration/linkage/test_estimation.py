"""The weights of the model are found again in pairs made with known weights, and what cannot be learned is named."""

import math
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from integration.linkage.estimation import Estimate, LevelEstimate, Prior, estimate, report
from integration.linkage.model import Comparison, Level
from integration.linkage.pair_evidence import Candidates, CannotTrain, Pairs

M = {"name": (0.85, 0.1, 0.05), "date": (0.88, 0.07, 0.05), "sex": (0.98, 0.02), "parent": (0.85, 0.15),
     "village": (0.9, 0.1), "phone": (0.6, 0.4)}  # fmt: skip
U = {"name": (1.3, 0.01, 0.97), "date": (0.001, 0.01, 0.989), "sex": (0.5, 0.5), "parent": (0.004, 0.996),
     "village": (0.05, 0.95), "phone": (0.001, 0.999)}  # fmt: skip
LEVELS = {name: ("same", "close", "different") if len(m) == 3 else ("same", "different") for name, m in M.items()}
FREQUENCIES = np.array([0.05, 0.01, 0.002, 0.0005])  # of names, as often as HOW_OFTEN among persons
HOW_OFTEN = FREQUENCIES * np.array([4, 20, 150, 600])


def comparison(name: str, m: tuple[float, ...], u: tuple[float, ...]) -> Comparison:
    per = [("name_frequency" if name == "name" and level == "same" else None) for level in LEVELS[name]]
    levels = tuple(Level(*values) for values in zip(LEVELS[name], ["true"] * 3, m, u, per, strict=False))
    about = "family" if name in ("parent", "village") else "person"
    return Comparison(name, about, meaning=name, unknown="false", early=False, keeps_u=False, levels=levels)


# Declared far from the truth: m flatter, u too high.
DECLARED = [
    comparison(name, (0.6, 0.25, 0.15), (2.0 if name == "name" else 0.02, 0.05, 0.93))
    if len(m) == 3
    else comparison(name, (0.7, 0.3), (0.03, 0.97))
    for name, m in M.items()
]
PLACE = {name: place for place, name in enumerate(M)}


def draw(rng: np.random.Generator, shares: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Draw one level for each row of shares (rows x levels)."""
    passed = rng.random(len(shares))[:, None] > shares.cumsum(axis=1)[:, :-1]
    return np.asarray(passed.sum(axis=1) + 1, dtype=np.uint8)


def pairs_like(rng: np.random.Generator, number: int, match: bool) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Levels and name frequencies of so many pairs of one person, or of two who share nothing but by chance."""
    frequency = rng.choice(FREQUENCIES, number, p=HOW_OFTEN / HOW_OFTEN.sum())
    levels = np.zeros((number, len(M)), dtype=np.uint8)
    for name, place in PLACE.items():
        shares = np.tile((M if match else U)[name], (number, 1))
        if name == "name" and not match:
            shares[:, 0] *= frequency
            shares[:, 2] = 1 - shares[:, 0] - shares[:, 1]
        levels[:, place] = draw(rng, shares)
    return levels, frequency


def world(seed: int, records: int = 8000, rivals: int = 20) -> tuple[Candidates, Pairs, NDArray[np.bool_]]:
    """Make records, nine in ten with their person among the candidates, random pairs, and the candidates' truth.

    The spine is as small as that: one random pair in 23 is of one person.
    """
    rng = np.random.default_rng(seed)
    placed = np.flatnonzero(rng.random(records) < 0.9)
    right, right_frequency = pairs_like(rng, len(placed), match=True)
    wrong, wrong_frequency = pairs_like(rng, records * rivals, match=False)
    record = np.concatenate([placed, np.repeat(np.arange(records), rivals)])
    same = rng.binomial(100_000, 0.9 / (rivals + 1))
    strangers = [pairs_like(rng, same, match=True), pairs_like(rng, 100_000 - same, match=False)]
    return (
        Candidates(
            np.concatenate([right, wrong]),
            {"name_frequency": np.concatenate([right_frequency, wrong_frequency])},
            record=record,
        ),
        Pairs(
            np.concatenate([levels for levels, _ in strangers]),
            {"name_frequency": np.concatenate([frequency for _, frequency in strangers])},
        ),
        np.arange(len(record)) < len(placed),
    )


def record_of(candidates: Candidates) -> NDArray[np.int64]:
    assert candidates.record is not None
    return candidates.record


def of(result: Estimate, comparison: str, level: str) -> LevelEstimate:
    return next(item for item in result.levels if (item.comparison, item.level) == (comparison, level))


def misses(result: Estimate) -> NDArray[np.float64]:
    """How many standard errors each learned weight is off."""
    found = []
    for item in result.levels:
        number = LEVELS[item.comparison].index(item.level)
        off = math.log2(item.m / item.u) - math.log2(M[item.comparison][number] / U[item.comparison][number])
        assert item.weight_error is not None
        found.append(off / item.weight_error)
    return np.array(found)


PRIOR = Prior(share=0.5, cases=8000, rivals=21)


@pytest.mark.parametrize("others_decide", [False, True])
def test_known_weights_are_recovered_within_their_stated_error(others_decide: bool) -> None:
    candidates, random, _ = world(seed=1)
    result = estimate(DECLARED, candidates, random, PRIOR, others_decide=others_decide)
    off = misses(result)
    assert result.converged
    assert np.abs(off).max() < 4
    assert (off**2).mean() < 2  # errors are not understated on the whole: 1 is expected
    assert all(item.weight_error < 0.4 for item in result.levels if item.weight_error is not None)
    assert result.prior.share == pytest.approx(0.9, abs=4 * math.sqrt(0.9 * 0.1 / 8000))


def test_the_stated_error_is_as_large_as_the_spread_of_repeated_estimates() -> None:
    squares = [
        misses(estimate(DECLARED, *world(seed, records=1500)[:2], replace(PRIOR, cases=1500))) ** 2
        for seed in range(10, 20)
    ]
    assert 0.5 < np.mean(squares) < 2


def test_matches_hidden_by_blocking_are_made_up_for_where_the_others_decide() -> None:
    candidates, random, _ = world(seed=2)
    levels = candidates.levels.copy()
    silent = np.random.default_rng(3).random((8000, len(M))) < 0.4  # what a record does not say, no pair of it shows
    levels[silent[candidates.record]] = 0
    found = (levels[:, [PLACE["name"], PLACE["date"], PLACE["parent"]]] == 1).any(axis=1)
    blocked = Candidates(
        levels[found], {"name_frequency": candidates.frequency["name_frequency"][found]}, record_of(candidates)[found]
    )
    off = {}
    for others_decide in (False, True):
        result = estimate(DECLARED, blocked, random, PRIOR, others_decide=others_decide)
        keys = ("name", "date", "parent")
        off[others_decide] = np.array([math.log2(of(result, name, "different").m / M[name][-1]) for name in keys])
    assert (off[False] < -0.2).all()  # plain EM: disagreement seems rarer than it is
    assert np.abs(off[True]).mean() < 0.55 * np.abs(off[False]).mean()


def test_twins_do_not_count_as_a_second_match() -> None:
    candidates, random, truth = world(seed=4)
    twins = candidates.levels[truth].copy()
    twins[:, PLACE["name"]] = 3
    frequency = candidates.frequency["name_frequency"]
    levels = np.concatenate([candidates.levels, twins])
    both = {"name_frequency": np.concatenate([frequency, frequency[truth]])}
    record = np.concatenate([candidates.record, record_of(candidates)[truth]])
    prior = replace(PRIOR, rivals=22)
    competing = estimate(DECLARED, Candidates(levels, both, record), random, prior)
    alone = estimate(DECLARED, Candidates(levels, both), random, Prior(0.04, cases=len(levels)))
    assert competing.matches <= 8000
    assert of(competing, "name", "different").m < 0.07
    assert of(alone, "name", "different").m > 0.4


def test_what_speaks_of_the_family_is_capped() -> None:
    # Brothers share all of the family, and only the sex tells them apart: whatever the family says is capped.
    rng = np.random.default_rng(5)
    record = np.repeat(np.arange(500), 2)
    levels = np.zeros((1000, len(M)), dtype=np.uint8)
    levels[:, [PLACE["parent"], PLACE["village"]]] = 1
    levels[:, PLACE["sex"]] = rng.integers(1, 3, 1000)
    candidates = Candidates(levels, {"name_frequency": np.full(1000, np.nan)}, record)
    random = world(seed=5, records=10)[1]
    prior = Prior(0.9, cases=500, rivals=5000)
    free = estimate(DECLARED, candidates, random, prior)
    capped = estimate(DECLARED, candidates, random, prior, family_cap=3)
    assert free.matches > 250
    assert capped.matches < 25


def test_the_order_of_pairs_and_the_numbers_of_records_do_not_matter() -> None:
    candidates, random, _ = world(seed=6, records=300)
    order = np.random.default_rng(7).permutation(len(candidates.levels))
    shuffled = Candidates(
        candidates.levels[order],
        {"name_frequency": candidates.frequency["name_frequency"][order]},
        -7 * record_of(candidates)[order],
    )
    prior = replace(PRIOR, cases=300)
    first, second = estimate(DECLARED, candidates, random, prior), estimate(DECLARED, shuffled, random, prior)
    assert [item.m for item in second.levels] == pytest.approx([item.m for item in first.levels], rel=1e-9)
    assert second.prior.share == pytest.approx(first.prior.share, rel=1e-9)


@pytest.mark.parametrize("compete", [True, False])
def test_the_likelihood_never_falls_in_plain_em(compete: bool) -> None:
    candidates, random, _ = world(seed=8, records=1000)
    prior = replace(PRIOR, cases=1000)
    if not compete:
        candidates, prior = replace(candidates, record=None), Prior(0.2, cases=len(candidates.levels))
    result = estimate(DECLARED, candidates, random, prior)
    trace = np.array(result.log_likelihood[: result.plain_iterations])
    assert result.iterations == len(result.log_likelihood) >= result.plain_iterations > 1
    assert (np.diff(trace) >= -1e-9 * np.abs(trace[:-1])).all()


def test_a_count_stands_for_so_many_pairs() -> None:
    candidates, random, _ = world(seed=9, records=300)
    levels, times = np.unique(candidates.levels, axis=0, return_counts=True)
    common = np.full(len(candidates.levels), 0.01)
    prior = Prior(0.05, cases=len(candidates.levels))
    singly = estimate(DECLARED, Candidates(candidates.levels, {"name_frequency": common}), random, prior)
    folded = Candidates(levels, {"name_frequency": common[: len(levels)]}, count=times.astype(float))
    together = estimate(DECLARED, folded, random, prior)
    assert [item.m for item in together.levels] == pytest.approx([item.m for item in singly.levels], rel=1e-6)
    assert together.pairs == singly.pairs


def test_pairs_that_agree_on_a_number_stand_beside_em() -> None:
    candidates, random, truth = world(seed=10)
    identified = truth & (candidates.levels[:, PLACE["phone"]] == 1)
    result = estimate(DECLARED, replace(candidates, identified=identified, identifier="phone"), random, PRIOR)
    assert np.abs(misses(result)).max() < 4
    assert of(result, "phone", "same").m < 0.65
    assert of(result, "phone", "same").m_of_identified is None
    for name in ("name", "date", "parent"):
        assert of(result, name, "same").m_of_identified == pytest.approx(M[name][0], abs=0.03)
    assert not any(level.by_identified for level in result.levels)
    assert f"among the {identified.sum():,} pairs that agree on a number" in report(result)


def test_they_stand_in_for_em_where_it_finds_too_few_matches() -> None:
    candidates, random, truth = world(seed=10)
    identified = truth & (candidates.levels[:, PLACE["phone"]] == 1)
    known = replace(candidates, identified=identified, identifier="phone")
    hopeless = Prior(share=1e-9, cases=8000, rivals=1e9)  # EM is told that there are no matches
    result = estimate(DECLARED, known, random, hopeless)
    assert result.matches < 30
    for name in ("name", "date", "parent", "village"):
        same = of(result, name, "same")
        assert same.by_identified
        assert same.learned
        assert same.m == pytest.approx(M[name][0], abs=0.03)
    assert not of(result, "phone", "same").by_identified
    assert re.search(r"name +same +0\.8\d+ n +0\.8\d+", report(result))
    few = estimate(DECLARED, replace(known, identified=identified & (identified.cumsum() < 30)), random, hopeless)
    assert not any(level.by_identified for level in few.levels)


def test_matches_among_the_random_pairs_are_left_out() -> None:
    candidates, random, _ = world(seed=11)
    phone = of(estimate(DECLARED, candidates, random, PRIOR), "phone", "same")
    assert phone.random_pairs > 2000  # nearly all of the same person
    assert phone.u == pytest.approx(U["phone"][0], rel=0.5)


def test_a_frequency_of_what_agrees_counts_only_where_the_level_shows() -> None:
    candidates, random, _ = world(seed=12)
    frequency = {"name_frequency": np.where(random.levels[:, 0] == 1, random.frequency["name_frequency"], 1.0)}
    result = estimate(DECLARED, candidates, Pairs(random.levels, frequency), PRIOR, of_what_agrees=["name_frequency"])
    same = of(result, "name", "same")
    assert same.weight_error is not None
    assert abs(math.log2(same.u / 1.3)) < 4 * same.weight_error


def test_levels_that_cannot_be_learned_are_named() -> None:
    candidates, random, _ = world(seed=13, records=1000)
    levels, strangers = candidates.levels.copy(), random.levels.copy()
    for these in (levels, strangers):
        these[these[:, PLACE["date"]] == 2, PLACE["date"]] = 3  # nobody shows a close date
    strangers[strangers[:, PLACE["phone"]] == 1, PLACE["phone"]] = 2
    levels[10:, PLACE["village"]] = 0
    result = estimate(
        DECLARED, replace(candidates, levels=levels), replace(random, levels=strangers), replace(PRIOR, cases=1000),
        kept_u=["parent"],
    )  # fmt: skip
    assert of(result, "date", "close").why_not == "no pair shows this level."
    phone = of(result, "phone", "same")
    assert (phone.learned, phone.weight_error) == (False, None)
    assert phone.u == pytest.approx(3 / 100_000, rel=0.1)
    assert phone.why_not == "no two different persons among 100,000 random pairs show it, so u is at most 3.1e-05."
    assert of(result, "parent", "same").u == 0.03
    assert of(result, "parent", "same").why_not == "u is kept as declared."
    assert "m is mostly the declared one" in str(of(result, "village", "same").why_not)
    text = report(result)
    assert "phone, level same: no two different persons" in text
    assert "did NOT" not in text
    assert len({len(line) for line in text.splitlines()[: len(result.levels)]}) <= 3  # aligned


def test_levels_out_of_order_are_named() -> None:
    candidates, random, _ = world(seed=14, records=2000)
    turned = np.array([0, 2, 1, 3], dtype=np.uint8)
    for pairs in (candidates, random):
        pairs.levels[:, PLACE["date"]] = turned[pairs.levels[:, PLACE["date"]]]
    result = estimate(DECLARED, candidates, random, replace(PRIOR, cases=2000))
    assert [(first.level, second.level) for first, second in result.out_of_order] == [("same", "close")]
    assert "date: level close" in report(result)


def test_a_comparison_that_nobody_answers_keeps_what_was_declared() -> None:
    candidates, random, _ = world(seed=15, records=500)
    candidates.levels[:, PLACE["sex"]] = 0
    random.levels[:, PLACE["sex"]] = 0
    result = estimate(DECLARED, candidates, random, replace(PRIOR, cases=500))
    same = of(result, "sex", "same")
    assert (same.u, same.pairs) == (0.03, 0)
    assert same.m == pytest.approx(0.7)


WRONG: dict[str, tuple[Callable[[Candidates], Candidates], str]] = {
    "no candidates": (lambda c: replace(c, levels=c.levels[:0]), "no candidate pairs"),
    "a level the model lacks": (lambda c: replace(c, levels=c.levels + 9), "Level 1. of comparison name"),
    "another number of comparisons": (lambda c: replace(c, levels=c.levels[:, 1:]), "6 comparisons"),
    "no frequencies": (lambda c: replace(c, frequency={}), "needs the frequency name_frequency"),
    "frequencies of nothing": (
        lambda c: replace(c, frequency={"name_frequency": np.zeros(len(c.levels))}),
        "no name_frequency above 0",
    ),
    "a record and a count": (lambda c: replace(c, count=np.ones(len(c.levels))), "must stand singly"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_learned_from_is_refused_in_a_sentence(case: str) -> None:
    change, message = WRONG[case]
    candidates, random, _ = world(seed=16, records=20)
    with pytest.raises(CannotTrain, match=message):
        estimate(DECLARED, change(candidates), random, replace(PRIOR, cases=20))


@pytest.mark.parametrize("numbers", [(0, 1, 1), (1, 1, 1), (0.5, 0, 1), (0.5, 1, 0.5), (0.5, math.inf, 1)])
def test_an_impossible_prior_is_refused(numbers: tuple[float, float, float]) -> None:
    with pytest.raises(CannotTrain, match="must be"):
        Prior(*numbers)


@st.composite
def few_pairs(draw: st.DrawFn) -> tuple[Candidates, Pairs]:
    """Zero to thirty pairs that show anything."""

    def levels(rows: int) -> NDArray[np.uint8]:
        row = st.tuples(*(st.integers(0, len(M[name])) for name in M))
        return np.array(draw(st.lists(row, min_size=rows, max_size=rows)), dtype=np.uint8).reshape(rows, len(M))

    candidates, random = levels(draw(st.integers(1, 30))), levels(draw(st.integers(0, 30)))
    record = np.array(draw(st.lists(st.integers(0, 5), min_size=len(candidates), max_size=len(candidates))))
    share = st.floats(1e-6, 1)
    frequencies = [
        {"name_frequency": np.array(draw(st.lists(share, min_size=len(rows), max_size=len(rows))), dtype=np.float64)}
        for rows in (candidates, random)
    ]
    return (
        Candidates(candidates, frequencies[0], record if draw(st.booleans()) else None),
        Pairs(random, frequencies[1]),
    )


@settings(max_examples=60, deadline=None)
@given(few_pairs(), st.booleans(), st.floats(0, 30))
def test_of_any_few_pairs_the_estimate_is_sound(pairs: tuple[Candidates, Pairs], others: bool, cap: float) -> None:
    result = estimate(DECLARED, *pairs, Prior(0.5, cases=100, rivals=10), family_cap=cap, others_decide=others)
    assert 0 < result.prior.share < 1
    for name in M:
        assert math.fsum(item.m for item in result.levels if item.comparison == name) == pytest.approx(1)
    for item in result.levels:
        assert 0 < item.m < 1
        assert item.u > 0
        assert item.per or item.u <= 1
        assert math.isfinite(item.weight)
        assert item.learned == (item.why_not is None) == (item.weight_error is not None)
        assert item.weight_error is None or 0 <= item.weight_error < math.inf
    assert report(result)
    uncapped = estimate(DECLARED, *pairs, Prior(0.5, cases=100, rivals=10))
    trace = np.array(uncapped.log_likelihood[: uncapped.plain_iterations])
    assert (np.diff(trace) >= -1e-9 * np.abs(trace[:-1])).all()


@settings(max_examples=40, deadline=None)
@given(few_pairs(), st.randoms(use_true_random=False))
def test_of_any_few_pairs_the_order_does_not_matter(pairs: tuple[Candidates, Pairs], dice: object) -> None:
    candidates, random = pairs
    order = np.arange(len(candidates.levels))
    dice.shuffle(order)  # type: ignore[attr-defined]
    shuffled = Candidates(
        candidates.levels[order],
        {name: values[order] for name, values in candidates.frequency.items()},
        None if candidates.record is None else candidates.record[order],
    )
    prior = Prior(0.5, cases=100, rivals=10)
    first, second = estimate(DECLARED, candidates, random, prior), estimate(DECLARED, shuffled, random, prior)
    assert [item.m for item in second.levels] == pytest.approx([item.m for item in first.levels], rel=1e-6)
