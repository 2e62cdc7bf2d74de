"""The matching model as the engine knows it: comparisons with levels, weights, keys, constraints, bands."""

import math
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Level:
    """One outcome of a comparison: `m` and `u` are probabilities, `u` a multiple of the feature `per` where named."""

    name: str
    when: str
    m: float
    u: float
    per: str | None

    @property
    def weight(self) -> float:
        """Bits of the level before the frequency of the value is taken off."""
        return math.log2(self.m / self.u)

    @property
    def highest_weight(self) -> float:
        """The most this level can ever weigh, in bits: the rarest value is taken as one in a million."""
        return self.weight + (math.log2(1e6) if self.per else 0.0)


@dataclass(frozen=True)
class Comparison:
    """One thing that is compared; `about` is `person` or `family`.

    An `early` one is cheap and judged first. One that `keeps_u` has a u that random pairs cannot show. An `identifier`
    compares a number that one person alone holds; its first level says that both sides give the same.
    """

    name: str
    about: str
    meaning: str
    unknown: str
    early: bool
    keeps_u: bool
    levels: tuple[Level, ...]
    identifier: bool = False

    @property
    def highest_weight(self) -> float:
        """The most this comparison can speak for a pair, in bits; at least 0, as it may be unknown."""
        return max(0.0, *(level.highest_weight for level in self.levels))


@dataclass(frozen=True)
class Constraint:
    """A state of the levels in which two mentions are never joined by the program; `reason` as in the review queue."""

    reason: str
    when: str


@dataclass(frozen=True)
class ExclusiveSource:
    """A source that holds each person once, in a `snapshot` of it or in all that is in force; with `repeats`, now and
    then twice."""  # noqa: D205, D209 - one sentence

    source: str
    each: str
    repeats: bool


@dataclass(frozen=True)
class AlignedNames:
    """Names whose tokens the kernel pairs where the features do not settle the matter: see `name_similarity.py`.

    Its words are features, too: `name_aligned`, `name_tokens_similarity`, `name_part_frequency`. `unless` holds where
    there is no need; `at_most` is what such a name may weigh before the kernel has spoken, in bits.
    """

    column: str
    shares: str
    unless: str
    at_most: float


@dataclass(frozen=True)
class InputColumn:
    """A column of the records a model for `./padan link` reads: from which one, and how it is standardised."""

    name: str
    source: str
    standard: str


@dataclass(frozen=True)
class Records:
    """The table a model for `./padan link` reads; `source` names the column that tells the sources apart, if any."""

    id: str
    source: str | None
    columns: tuple[InputColumn, ...]
    frequencies: tuple[str, ...]


@dataclass(frozen=True)
class Model:
    """The whole model; the comments of `models/person.yaml` say what each part means."""

    name: str
    version: str
    in_spine: float
    others_at_least: int
    partners: float
    auto: float
    review: float
    keep: float
    comparisons: tuple[Comparison, ...]
    features: dict[str, str]
    fields: dict[str, str]
    sure_keys: tuple[tuple[str, ...], ...]
    strong_keys: tuple[tuple[str, ...], ...]
    wide_keys: tuple[tuple[str, ...], ...]
    largest_block: int
    spine: str | None = None
    exclusive: tuple[ExclusiveSource, ...] = ()
    repeats_when: str = "false"
    beside_name: str = "true"
    family_members: int = 4
    family_outsiders: float = 1.0
    aligned_names: AlignedNames | None = None
    constraints: tuple[Constraint, ...] = ()
    records: Records | None = None
    trained: dict[str, object] = field(default_factory=dict)
    calibration: tuple[float, float] = (0.0, 1.0)

    @property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        """All blocking keys, in the order in which they are tried."""
        return self.sure_keys + self.strong_keys + self.wide_keys

    @property
    def label(self) -> str:
        """Name and version, as a run records them."""
        return f"{self.name} {self.version}"

    @property
    def identifier(self) -> str | None:
        """The comparison of the number that one person alone holds; None where there is no such number."""
        return next((comparison.name for comparison in self.comparisons if comparison.identifier), None)

    def comparison(self, name: str) -> Comparison:
        """Give one comparison; `KeyError` when there is none of that name."""
        return next(comparison for comparison in self.comparisons if comparison.name == name)


def weight_of(probability: float) -> float:
    """Give the weight in bits (log2 odds) of a probability between 0 and 1."""
    return math.log2(probability / (1 - probability))
