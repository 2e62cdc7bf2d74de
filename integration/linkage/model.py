"""The matching model: a YAML file a domain person can read, and its checks."""

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from warehouse.errors import DeclarationError

DEFAULT_MODEL = Path(__file__).with_name("person_model.yaml")

FREQUENCIES = (
    "name_frequency",
    "name_part_frequency",
    "birth_date_frequency",
    "family_share",
    "parent_frequency",
    "spouse_frequency",
    "village_share",
)
"""What `per` may name: how common the compared value is among register persons, 0 to 1."""

# fmt: off
FEATURES = frozenset((
    "name_a", "name_b", "name_similarity", "name_sounds_alike",
    "name_length_gap", "name_aligned", "birth_date_a", "birth_date_b",
    "birth_year_a", "birth_date_is_swapped", "birth_date_parts_equal", "birth_date_days", "birth_date_years", "sex_a",
    "sex_b", "nik_a", "nik_b", "nik_prefix_a", "nik_distance", "nik_is_of_relative", "position_a", "position_b",
    "kk_a", "kk_b", "kk_distance", "companions", "parent_similarity", "spouse_similarity", "village_a", "village_b",
    "kecamatan_a", "kecamatan_b", "rt_a", "rt_b", "rw_a", "rw_b", "house_a", "house_b", "dusun_similarity",
    "neighbourhood_is_unknown", "ordinals_differ",
))
# fmt: on
"""What a condition may look at; `comparisons.py` computes them."""

BLOCKING_FIELDS = (
    "nik",
    "nik_prefix",
    "family",
    "birth_date",
    "birth_year",
    "birth_day",
    "name_key",
    "name_token",
    "name_start",
    "name_letter",
    "parent",
    "spouse",
    "position",
    "village",
    "kecamatan",
)
"""What a blocking key may be made of; `blocking.py` computes them."""

_FUNCTIONS = frozenset(("abs", "year", "length", "right", "left", "starts_with"))
_WORDS = frozenset(("and", "or", "not", "is", "null", "in", "true", "false", "between"))
_NAME = re.compile(r"[a-z_]+")


@dataclass(frozen=True)
class Level:
    """One outcome of a comparison: `m` and `u` are probabilities, `u` a multiple of `per` where that is named."""

    name: str
    when: str
    m: float
    u: float
    per: str | None

    @property
    def highest_weight(self) -> float:
        """The most this level can ever weigh, in bits: the rarest value is taken as one in a million."""
        return math.log2(self.m / (self.u * (1e-6 if self.per else 1.0)))


@dataclass(frozen=True)
class Comparison:
    """One thing that is compared; `about` is `person` or `family`."""

    name: str
    about: str
    meaning: str
    unknown: str
    levels: tuple[Level, ...]


@dataclass(frozen=True)
class Constraint:
    """A state of the levels in which two mentions are never joined by the program; `reason` as in the review queue."""

    reason: str
    when: str


@dataclass(frozen=True)
class ExclusiveSource:
    """A source that holds each person once in a snapshot; with `repeats`, now and then twice."""

    dataset: str
    role: str
    repeats: bool


@dataclass(frozen=True)
class PersonModel:
    """The whole model; see the comments of `person_model.yaml` for what each part means."""

    version: str
    in_register: float
    others_at_least: int
    auto: float
    review: float
    keep: float
    beside_name: str
    family_members: int
    family_outsiders: float
    exclusive: tuple[ExclusiveSource, ...]
    repeats_when: str
    largest_block: int
    strong_keys: tuple[tuple[str, ...], ...]
    wide_keys: tuple[tuple[str, ...], ...]
    comparisons: tuple[Comparison, ...]
    constraints: tuple[Constraint, ...]

    def weight_of(self, probability: float) -> float:
        """Give the weight in bits (log2 odds) of a probability between 0 and 1."""
        return math.log2(probability / (1 - probability))


def load_model(path: Path = DEFAULT_MODEL) -> PersonModel:
    """Read and check a model file.

    Raises `DeclarationError` that names the file, the place in it, the value found and the bounds.
    """
    try:
        declared = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise DeclarationError(f"The model {path.name} cannot be read: {error}.") from error
    return _Reader(path.name).model(declared)


class _Reader:
    """Turns the parsed YAML into a model and says exactly where it is wrong."""

    def __init__(self, file: str) -> None:
        self.file = file

    def model(self, declared: object) -> PersonModel:
        whole = self._mapping("the model", declared, _PARTS)
        prior = self._mapping("prior", whole["prior"], {"in_register", "others_at_least"})
        bands = self._mapping("bands", whole["bands"], {"auto", "review", "keep"})
        cap = self._mapping("family_cap", whole["family_cap"], {"members", "outsiders"})
        blocking = self._mapping("blocking", whole["blocking"], {"largest_block", "strong", "wide"})
        exclusive = self._mapping("exclusive", whole["exclusive"], {"sources", "repeats_when"})
        auto = self._number("bands.auto", bands["auto"], 0.5, 0.999999)
        review = self._number("bands.review", bands["review"], 0.000001, auto)
        comparisons = tuple(self._comparison(item) for item in self._list("comparisons", whole["comparisons"]))
        names = [comparison.name for comparison in comparisons]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise self._error("comparisons", f"{twice} stand there twice; each name may stand once")
        if missing := sorted(_NEEDED - set(names)):
            raise self._error("comparisons", f"{missing} are missing; the engine reads their levels")
        levels = frozenset(f"{name}_level" for name in names)
        return PersonModel(
            version=str(whole["version"]),
            in_register=self._number("prior.in_register", prior["in_register"], 0.000001, 0.999999),
            others_at_least=int(self._number("prior.others_at_least", prior["others_at_least"], 1, 1e9)),
            auto=auto,
            review=review,
            keep=self._number("bands.keep", bands["keep"], 0.000001, review),
            beside_name=self._condition("beside_name", whole["beside_name"], levels),
            family_members=int(self._number("family_cap.members", cap["members"], 1, 100)),
            family_outsiders=self._number("family_cap.outsiders", cap["outsiders"], 0.000001, 1),
            exclusive=tuple(self._source(item) for item in self._list("exclusive.sources", exclusive["sources"])),
            repeats_when=self._condition("exclusive.repeats_when", exclusive["repeats_when"], levels),
            largest_block=int(self._number("blocking.largest_block", blocking["largest_block"], 2, 100_000)),
            strong_keys=self._blocking_keys("blocking.strong", blocking["strong"]),
            wide_keys=self._blocking_keys("blocking.wide", blocking["wide"]),
            comparisons=comparisons,
            constraints=tuple(
                self._constraint(item, levels) for item in self._list("constraints", whole["constraints"])
            ),
        )

    def _comparison(self, declared: object) -> Comparison:
        item = self._mapping("comparisons", declared, {"name", "about", "meaning", "unknown", "levels"})
        place = f"comparison {item['name']}"
        if item["about"] not in ("person", "family"):
            raise self._error(f"{place}, about", f"{item['about']!r} was found; it must be person or family")
        return Comparison(
            name=str(item["name"]),
            about=item["about"],
            meaning=str(item["meaning"]),
            unknown=self._condition(f"{place}, unknown", item["unknown"], FEATURES),
            levels=tuple(self._level(place, level) for level in self._list(f"{place}, levels", item["levels"])),
        )

    def _level(self, comparison: str, declared: object) -> Level:
        level = self._mapping(f"{comparison}, levels", declared, {"level", "when", "m", "u"}, optional={"per"})
        place = f"{comparison}, level {level['level']}"
        per = level.get("per")
        if per is not None and per not in FREQUENCIES:
            raise self._error(f"{place}, per", f"{per!r} was found; it must be one of {', '.join(FREQUENCIES)}")
        return Level(
            name=str(level["level"]),
            when=self._condition(f"{place}, when", level["when"], FEATURES),
            m=self._number(f"{place}, m", level["m"], 1e-9, 1),
            u=self._number(f"{place}, u", level["u"], 1e-12, 1000 if per else 1),
            per=per,
        )

    def _constraint(self, declared: object, levels: frozenset[str]) -> Constraint:
        item = self._mapping("constraints", declared, {"reason", "when"})
        reason = item["reason"]
        if reason not in ("nik_conflict", "contradiction"):
            raise self._error("constraints, reason", f"{reason!r} was found; it must be nik_conflict or contradiction")
        return Constraint(reason, self._condition("constraints, when", item["when"], FEATURES | levels))

    def _source(self, declared: object) -> ExclusiveSource:
        item = self._mapping("exclusive.sources", declared, {"dataset", "role", "repeats"})
        if not isinstance(item["repeats"], bool):
            raise self._error("exclusive.sources, repeats", f"{item['repeats']!r} was found; it must be true or false")
        return ExclusiveSource(str(item["dataset"]), str(item["role"]), item["repeats"])

    def _blocking_keys(self, place: str, declared: object) -> tuple[tuple[str, ...], ...]:
        keys = tuple(tuple(str(field) for field in self._list(place, key)) for key in self._list(place, declared))
        if unknown := sorted({field for key in keys for field in key} - set(BLOCKING_FIELDS)):
            raise self._error(place, f"{unknown} were found; known fields are {', '.join(BLOCKING_FIELDS)}")
        return keys

    def _condition(self, place: str, declared: object, known: frozenset[str]) -> str:
        """Let through only expressions over known features: a model file is data, not a way to run SQL."""
        text = str(declared)
        bare = re.sub(r"'[^']*'", "", text).lower()
        if unknown := sorted(set(_NAME.findall(bare)) - _WORDS - _FUNCTIONS - known):
            raise self._error(place, f"{unknown} were found; known are {', '.join(sorted(known))}")
        if not re.fullmatch(r"[a-z_0-9\s.,()<>=+\-]*", bare):
            raise self._error(place, f"{text!r} was found; only comparisons of known features may stand there")
        return text

    def _number(self, place: str, value: object, low: float, high: float) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self._error(place, f"{value!r} was found; it must be a number from {low:g} to {high:g}")
        return float(value)

    def _list(self, place: str, found: object) -> list[object]:
        if not isinstance(found, list) or not found:
            raise self._error(place, f"{found!r} was found; it must be a list of at least one")
        return found

    def _mapping(self, place: str, found: object, wanted: set[str], optional: set[str] | None = None) -> dict[str, Any]:
        if not isinstance(found, dict):
            raise self._error(place, f"{found!r} was found; it must have {', '.join(sorted(wanted))}")
        if missing := sorted(wanted - set(found)):
            raise self._error(place, f"{', '.join(missing)} is missing")
        if unknown := sorted(set(found) - wanted - (optional or set())):
            raise self._error(place, f"{unknown} is not known; known are {', '.join(sorted(wanted))}")
        return found

    def _error(self, place: str, sentence: str) -> DeclarationError:
        return DeclarationError(f"The model {self.file}, {place}: {sentence}.")


_PARTS = {
    "beside_name",
    "version",
    "prior",
    "bands",
    "family_cap",
    "exclusive",
    "blocking",
    "comparisons",
    "constraints",
}
_NEEDED = {"name", "birth_date", "nik", "family"}
