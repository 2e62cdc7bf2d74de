"""The indicators as `indicators.yaml` declares them."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from integration.indicators.conditions import SUBJECTS, CountingFile
from warehouse.declared_file import Found

INDICATORS = Path(__file__).with_name("indicators.yaml")
NO_SOURCE = "no source in contract"
"""What the report says of an indicator that no contract has a source for (contracts §6.6)."""

WINDOWS = ("month", "year", "12_months")
_UNITS = {"percent": 100, "count": 1, "per_1000": 1_000, "per_100000": 100_000}
_PARTS = {"version", "hidden_below", "low_coverage", "sources", "indicators"}
_NEEDED = {"code", "name", "definition", "source", "unit", "of", "better"}
_FURTHER = {"among", "counts", "window", "target", "within", "hidden_with", "limits"}


@dataclass(frozen=True)
class Target:
    """The value to reach, in the indicator's unit, and by the end of which year."""

    value: float
    year: int


@dataclass(frozen=True)
class Indicator:
    """One number of the report.

    `subject` is what is counted (None: the contracts hold no source), `among` and `counts` are SQL conditions over
    the view of the subject. `better` is `up` or `down`. `within` names the indicator whose numerator this one is about,
    `hidden_with` the one that is hidden in the same places.
    """

    code: str
    name: str
    definition: str
    source: str
    unit: str
    better: str
    subject: str | None
    among: str
    counts: str
    window: str | None
    target: Target | None
    within: str | None
    hidden_with: str | None
    limits: str | None

    @property
    def factor(self) -> int:
        """By how much the share is multiplied to have it in the unit."""
        return _UNITS[self.unit]

    @property
    def hides(self) -> bool:
        """Whether small numbers of it are hidden: those of people are, those of villages not."""
        return self.subject not in (None, "villages")


@dataclass(frozen=True)
class Indicators:
    """The whole file; numbers of fewer than `hidden_below` people are hidden outside the health agency."""

    version: str
    hidden_below: int
    low_coverage: float
    indicators: tuple[Indicator, ...]


@cache
def load_indicators(path: Path = INDICATORS) -> Indicators:
    """Read and check a file of indicators; it is read once.

    Raises `DeclarationError` that names the file, the place in it, what was found and what may stand there.
    """
    with _IndicatorFile(path.name) as file:
        return file.indicators(file.read(path))


class _IndicatorFile(CountingFile):
    def indicators(self, declared: Found) -> Indicators:
        self.keys("the file", declared, _PARTS)
        sources = self.table("sources", declared["sources"])
        found = tuple(
            self._indicator(entry, tuple(sources.items()))
            for entry in self.entries("indicators", declared["indicators"], _NEEDED, _FURTHER)
        )
        self._check_references(found)
        return Indicators(
            version=self.text("version", declared["version"]),
            hidden_below=int(self.number("hidden_below", declared["hidden_below"], 1, 100)),
            low_coverage=self.number("low_coverage", declared["low_coverage"], 0, 1),
            indicators=found,
        )

    def _indicator(self, entry: Found, sources: tuple[tuple[str, str], ...]) -> Indicator:
        place = f"indicators, {entry['code']}"
        subject = self.one_of(f"{place}, of", entry["of"], (*SUBJECTS, "nothing"))
        unit = self.one_of(f"{place}, unit", entry["unit"], tuple(_UNITS))
        of_deaths = subject == "deaths"
        if of_deaths is (unit == "percent"):
            raise self.error(f"{place}, unit", f"{unit} was found; deaths are counted, or set against live births, "
                             "and everything else is a share in percent")  # fmt: skip
        said = {"among", "counts", "window"} & set(entry)
        wanted = {"nothing": set(), "deaths": {"counts", "window"}}.get(subject, {"counts"})
        if said - wanted - ({"among"} if subject not in ("nothing", "deaths") else set()) or wanted - said:
            raise self.error(place, f"{', '.join(sorted(said)) or 'nothing'} was found; of {subject} it must say "
                             f"{', '.join(sorted(wanted)) or 'neither among nor counts nor window'}")  # fmt: skip
        window = self.one_of(f"{place}, window", entry["window"], WINDOWS) if of_deaths else None
        conditions = {
            part: self.condition_of(subject, f"{place}, {part}", entry[part]) if part in entry else "true"
            for part in ("among", "counts")
        }
        return Indicator(
            code=self.text(f"{place}, code", entry["code"]),
            name=self.text(f"{place}, name", entry["name"]),
            definition=self.text(f"{place}, definition", entry["definition"]),
            source=dict(sources)[self.one_of(f"{place}, source", entry["source"], tuple(key for key, _ in sources))],
            unit=unit,
            better=self.one_of(f"{place}, better", entry["better"], ("up", "down")),
            subject=None if subject == "nothing" else subject,
            among=f"(in_window(period, '{window}'))" if of_deaths else conditions["among"],
            counts=conditions["counts"],
            window=window,
            target=self._target(f"{place}, target", entry["target"]) if "target" in entry else None,
            within=self.text(f"{place}, within", entry["within"]) if "within" in entry else None,
            hidden_with=self.text(f"{place}, hidden_with", entry["hidden_with"]) if "hidden_with" in entry else None,
            limits=self.text(f"{place}, limits", entry["limits"]) if "limits" in entry else None,
        )

    def _target(self, place: str, found: Found) -> Target:
        self.keys(place, found, {"value", "year"})
        return Target(
            value=self.number(f"{place}, value", found["value"], 0, 100_000),
            year=int(self.number(f"{place}, year", found["year"], 2000, 2100)),
        )

    def _check_references(self, found: tuple[Indicator, ...]) -> None:
        free = {one.code for one in found if one.within is None and one.hidden_with is None}
        leading = {one.code for one in found if one.hidden_with is None}
        for one in found:
            if one.within is not None and one.within not in free:
                raise self.error(f"indicators, {one.code}, within", f"{one.within!r} was found; it must be the code of "
                                 "an indicator that stands for itself")  # fmt: skip
            if one.hidden_with is not None and (one.hidden_with not in leading or one.within is not None):
                raise self.error(f"indicators, {one.code}, hidden_with", f"{one.hidden_with!r} was found; it must be "
                                 "the code of an indicator without hidden_with, and stand without within")  # fmt: skip
