"""The charts of a night, each as an SVG document; no person can be found in any of them."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from integration.explanation.drawing import BLUE, FAINT, GREY, INK, ORANGE, PURPLE, RED, Drawing
from integration.explanation.figures import LEAST, MatchRate
from integration.linkage import Model

if TYPE_CHECKING:
    from integration.review import ReliabilityBin

_FATES = {"joined": BLUE, "not joined": ORANGE, "forbidden": RED}
_REASONS = {
    "no_candidate": GREY, "below_band": ORANGE, "forbidden": RED, "taken": PURPLE, "close_runner_up": BLUE,
}  # fmt: skip
_COMMON, _RARE = 1e-2, 1e-6
"""How common a value is taken to be at either end of the range that its rarity gives."""


def weights_chart(model: Model) -> str:
    """Draw what each level adds in bits; where that depends on how common the value is, its range."""
    lines = [(comparison, level) for comparison in model.comparisons for level in comparison.levels]
    spans = [
        (level.weight - math.log2(_COMMON), level.weight - math.log2(_RARE)) if level.per else (level.weight,) * 2
        for _, level in lines
    ]
    low, high = min(0.0, *(span[0] for span in spans)), max(0.0, *(span[1] for span in spans))
    left, width, top, step = 190, 620, 64, 16
    drawing = Drawing(left + width + 100, top + step * len(lines) + 10, f"Bits that each level adds: {model.label}")
    drawing.legend(10, 42, {"speaks for": BLUE, "speaks against": RED})
    drawing.text(230, 42, "pale: up to a value that one in a million has, from one that 1 in 100 have")

    def at(bits: float) -> float:
        return left + (bits - low) / (high - low) * width

    for bits in range(5 * math.ceil(low / 5), math.floor(high) + 1, 5):
        drawing.line(at(bits), top - 4, at(bits), top + step * len(lines), INK if bits == 0 else FAINT)
        drawing.text(at(bits), top - 8, f"{bits:+d}" if bits else "0", anchor="middle")
    before = ""
    for place, ((comparison, level), (common, rare)) in enumerate(zip(lines, spans, strict=True)):
        y = top + step * place
        if comparison.name != before:
            drawing.line(10, y, left + width, y)
            drawing.text(10, y + 12, comparison.name, bold=True)
            before = comparison.name
        drawing.text(left - 8, y + 12, level.name, anchor="end")
        drawing.bar(at(0), y + 3, at(common) - at(0), step - 6, BLUE if common > 0 else RED)
        drawing.bar(at(common), y + 3, at(rare) - at(common), step - 6, BLUE, opacity=0.35)
        told = f"{common:+.1f}" if common == rare else f"{common:+.1f} to {rare:+.1f}"
        drawing.text(max(at(rare), at(0)) + 5, y + 12, told)
    return drawing.svg()


def score_chart(scores: Mapping[tuple[int, str], int], model: Model) -> str:
    """Draw how many pairs have which weight, by what became of them; the count is on a logarithmic scale."""
    left, width, top, height = 60, 800, 60, 300
    bits = sorted({bits for bits, _ in scores}) or [0]
    first, last = bits[0], bits[-1] + 2
    powers = math.ceil(math.log10(max([*scores.values(), 10])))
    drawing = Drawing(
        left + width + 30, top + height + 45, "Candidate pairs by weight (bits), number on a logarithmic scale"
    )
    drawing.legend(10, 42, _FATES)
    drawing.text(320, 42, f"bins of fewer than {LEAST} pairs are left out")

    def at(weight: float) -> float:
        return left + (weight - first) / (last - first) * width

    for power in range(powers + 1):
        y = top + height * (1 - power / powers)
        drawing.line(left, y, left + width, y)
        drawing.text(left - 6, y + 4, f"{10**power:,}", anchor="end")
    third = (at(2) - at(0)) / (len(_FATES) + 0.5)
    for (weight, fate), pairs in scores.items():
        tall = height * math.log10(pairs) / powers
        drawing.bar(at(weight) + third * list(_FATES).index(fate), top + height - tall, third, tall, _FATES[fate])
    for weight in range(10 * math.ceil(first / 10), last + 1, 10):
        drawing.text(at(weight), top + height + 16, f"{weight:+d}" if weight else "0", anchor="middle")
    for name, probability in (("auto", model.auto), ("review", model.review)):
        x = at(math.log2(probability / (1 - probability)))
        if left <= x <= left + width:
            drawing.line(x, top, x, top + height + (20 if name == "auto" else 32), INK, dashed=True)
            drawing.text(x + 3, top + height + (28 if name == "auto" else 40), f"{name}: {probability:g}")
    return drawing.svg()


def rate_chart(by_dataset: Sequence[MatchRate], by_kecamatan: Sequence[MatchRate]) -> str:
    """Draw the share of rows found in the civil register: a row for each kecamatan, a column for each dataset."""
    datasets = sorted({rate.dataset for rate in by_dataset})
    places = sorted({rate.kecamatan for rate in by_kecamatan}, key=lambda name: (name == "", name))
    cells = {(rate.kecamatan, rate.dataset): rate for rate in by_kecamatan}
    left, top, wide, step = 150, 76, 112, 17
    drawing = Drawing(
        left + wide * len(datasets) + 20,
        top + step * (len(places) + 1) + 34,
        "Rows whose person is in the civil register",
    )
    drawing.text(10, 40, f"·: not told, of fewer than {LEAST} people; ≥: fewer than {LEAST} people were not found")
    for column, dataset in enumerate(datasets):
        drawing.text(left + wide * (column + 0.5), top - 8, dataset, anchor="middle", bold=True)
    everywhere = {("all", rate.dataset): rate for rate in by_dataset}
    for line, place in enumerate(["all", *places]):
        y = top + step * line
        drawing.text(left - 8, y + 13, place or "(not said)", anchor="end", bold=place == "all")
        for column, dataset in enumerate(datasets):
            rate = (everywhere | cells).get((place, dataset))
            x = left + wide * column
            if rate:
                colour = BLUE if rate.share >= 0.5 else RED
                drawing.bar(x + 1, y + 1, wide - 2, step - 2, colour, opacity=abs(2 * rate.share - 1) * 0.5)
                told = f"{rate.bound}{rate.share:.1%} of {rate.rows:,}"
                drawing.text(x + wide / 2, y + 13, told, anchor="middle")
            else:
                drawing.text(x + wide / 2, y + 13, "·", anchor="middle")
    return drawing.svg()


def reason_chart(unlinked: Mapping[tuple[str, str], int], by_dataset: Sequence[MatchRate]) -> str:
    """Draw the share of each dataset's rows that are on nobody of the register, by why."""
    totals = {rate.dataset: rate.rows for rate in by_dataset}
    shares = {
        (dataset, why): number / totals[dataset] for (dataset, why), number in unlinked.items() if dataset in totals
    }
    datasets = sorted({dataset for dataset, _ in shares})
    highest = max(
        [sum(share for (one, _), share in shares.items() if one == dataset) for dataset in datasets], default=1
    )
    left, width, top, step = 150, 620, 60, 24
    drawing = Drawing(
        left + width + 90, top + step * len(datasets) + 16, "Rows on nobody of the civil register, by why"
    )
    drawing.legend(10, 42, {reason.replace("_", " "): colour for reason, colour in _REASONS.items()})
    for line, dataset in enumerate(datasets):
        y, x = top + step * line, float(left)
        drawing.text(left - 8, y + 14, dataset, anchor="end")
        for reason, colour in _REASONS.items():
            share = shares.get((dataset, reason), 0.0)
            drawing.bar(x, y + 2, share / highest * width, step - 6, colour)
            x += share / highest * width
        drawing.text(x + 6, y + 14, f"{sum(shares.get((dataset, reason), 0.0) for reason in _REASONS):.1%}")
    return drawing.svg()


def reliability_chart(bins: "Sequence[ReliabilityBin]") -> str:
    """Draw what probability was given and what share people found to be the same, with its 95 % interval."""
    told = [one for one in bins if one.observed.labels >= LEAST]
    left, width, top, step = 190, 520, 76, 22
    drawing = Drawing(
        left + width + 140, top + step * len(told) + 14, "Reliability: probability given, and what people found"
    )
    drawing.legend(10, 42, {"given (mean of the bin)": ORANGE, "found the same by people, with 95 % interval": BLUE})
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        drawing.line(left + share * width, top - 4, left + share * width, top + step * len(told))
        drawing.text(left + share * width, top - 8, f"{share:.0%}", anchor="middle")
    for line, one in enumerate(told):
        y = top + step * line + step / 2
        drawing.text(left - 10, y + 4, f"{one.sampled_as}, {one.low:g} to {one.high:g}", anchor="end")
        drawing.line(left + one.observed.low * width, y, left + one.observed.high * width, y, BLUE, width=2)
        drawing.dot(left + one.observed.value * width, y, 4, BLUE)
        drawing.line(left + one.expected * width, y - 7, left + one.expected * width, y + 7, ORANGE, width=3)
        drawing.text(left + width + 12, y + 4, f"{one.observed.labels:,} verdicts", colour=INK)
    return drawing.svg()
