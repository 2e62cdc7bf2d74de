"""Two rules files side by side: what one says and the other does not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass

from integration.rules.rules import Gap, Rules

_ITSELF = ""
"""The one part of what has no parts: a threshold, a code list."""


@dataclass(frozen=True)
class Difference:
    """One thing that two rules files say differently; None where one of them does not say it.

    `place` names it as the file does: `thresholds, measurement_days` or `tiers, KEK, when`.
    """

    place: str
    old: str | None
    new: str | None

    @property
    def sentence(self) -> str:
        """The difference in words."""
        if self.old is None:
            return f"{self.place} is new: {self.new}"
        if self.new is None:
            return f"{self.place} is gone: {self.old}"
        return f"{self.place}: {self.old} becomes {self.new}"


def compare_rules(old: Rules, new: Rules) -> list[Difference]:
    """Give what differs between two rules, in the order of the file; a clause that only one has is one difference.

    Nothing differs between files that say the same in other words, nor between those that differ only in a KRS rule
    that neither has chosen.
    """
    before, after = (dict(_entries("", rules)) for rules in (old, new))
    found = []
    for place in [*before, *(place for place in after if place not in before)]:
        one, other = before.get(place), after.get(place)
        if one is None or other is None:
            found.append(Difference(place, _whole(one), _whole(other)))
            continue
        for part in one:
            if one[part] != other[part]:
                found.append(Difference(f"{place}, {part}" if part else place, one[part], other[part]))
    return found + list(_reordered(old, new))


def _entries(place: str, said: object) -> Iterator[tuple[str, dict[str, str]]]:
    """Give everything that a file says: where, and each of its parts as text."""
    if isinstance(said, tuple) and any(is_dataclass(one) for one in said):
        for one in said:
            yield f"{place}, {one.code}", {part: _text(value) for part, value in _parts(one) if part != "code"}
    elif isinstance(said, Mapping):
        for name, value in said.items():
            yield f"{place}, {name}", {_ITSELF: _text(value)}
    elif is_dataclass(said):
        for part, value in _parts(said):
            yield from _entries(f"{place}, {part}" if place else part, value)
    else:
        yield place, {_ITSELF: _text(said)}


def _parts(said: object) -> Iterator[tuple[str, object]]:
    """Give the parts that the file itself has: not its hash, nor what joins two of them."""
    derived = {"when"} if isinstance(said, Gap) else {"fingerprint"}
    for field in fields(said):  # type: ignore[arg-type]
        if field.name not in derived:
            yield field.name, getattr(said, field.name)


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "nothing"
    return str(value)


def _whole(parts: dict[str, str] | None) -> str | None:
    return None if parts is None else "; ".join(f"{part} {text}" if part else text for part, text in parts.items())


def _reordered(old: Rules, new: Rules) -> Iterator[Difference]:
    """Say where what both have stands in another order, which decides tier, reasons and the leading agency."""
    for place in ("risk_factors", "mortality_risk", "tiers", "gaps"):
        codes = [[one.code for one in getattr(rules, place)] for rules in (old, new)]
        one, other = ([code for code in codes[side] if code in codes[1 - side]] for side in (0, 1))
        if one != other:
            yield Difference(f"{place}, order", ", ".join(one), ", ".join(other))
