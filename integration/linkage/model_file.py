"""Reading a model file: YAML that a domain person can read, checked to the last word."""

import re
from collections.abc import Collection
from pathlib import Path

from integration.linkage.expressions import FUNCTIONS, QUOTED, WORDS
from integration.linkage.model import (
    AlignedNames,
    Comparison,
    Constraint,
    ExclusiveSource,
    InputColumn,
    Level,
    Model,
    Records,
)
from integration.linkage.standards import STANDARDS
from warehouse.declared_file import DeclaredFile, Found
from warehouse.errors import DeclarationError
from warehouse.settings import Home

_MODELS = Path(__file__).with_name("models")
PERSON_MODEL = _MODELS / "person.yaml"

_ALIGNED = {"name_aligned", "name_tokens_similarity", "name_part_frequency"}
_NEEDED = {"model", "version", "prior", "bands", "comparisons", "blocking"}
_OPTIONAL = {"records", "spine", "features", "fields", "exclusive", "beside_name", "family_cap", "aligned_names",
             "constraints", "trained", "calibration"}  # fmt: skip


def model_path(name: str) -> Path:
    """Give the file of a model: a path, or the name of one that comes with Padan; raises `DeclarationError`."""
    known = {path.stem: path for path in sorted(_MODELS.glob("*.yaml"))}
    if name in known:
        return known[name]
    if not Path(name).is_file():
        raise DeclarationError(
            f"There is no model {name}: neither such a file nor one that comes with Padan ({', '.join(known)})."
        )
    return Path(name)


def person_model(home: Home) -> Path:
    """Give the file of the model that a home matches persons with: its own, else the one that comes with Padan."""
    return home.person_model if home.person_model.is_file() else PERSON_MODEL


def load_model(path: Path = PERSON_MODEL) -> Model:
    """Read and check a model file.

    Raises `DeclarationError` that names the file, the place in it, the value found and the bounds.
    """
    file = _ModelFile(path.name)
    return file.model(file.read(path))


class _ModelFile(DeclaredFile):
    """Turns the parsed YAML into a model and says exactly where it is wrong."""

    def __init__(self, file: str) -> None:
        super().__init__(f"The model {file}")
        self.levels: dict[str, list[str]] = {}
        self.features: frozenset[str] = frozenset()

    def model(self, declared: Found) -> Model:
        whole = self.keys("the model", declared, _NEEDED, _OPTIONAL)
        bands = self.keys("bands", whole["bands"], {"auto", "review", "keep"})
        auto = self.number("bands.auto", bands["auto"], 0.5, 0.999999)
        review = self.number("bands.review", bands["review"], 0.000001, auto)
        prior = self.keys("prior", whole["prior"], (), {"in_spine", "others_at_least", "partners"})
        cap = self.keys("family_cap", whole.get("family_cap", {}), (), {"members", "outsiders"})
        blocking = self.keys("blocking", whole["blocking"], {"largest_block", "strong"}, {"sure", "wide"})
        records = self._records(whole["records"]) if "records" in whole else None
        features = self._expressions("features", whole.get("features", {}))
        self.features = frozenset(features) | {"companions"}
        aligned = self._aligned(whole["aligned_names"]) if "aligned_names" in whole else None
        self.features = frozenset(features) | {"companions"} | (_ALIGNED if aligned else set())
        comparisons = self._comparisons(whole["comparisons"])
        self.levels = {c.name: ["unknown", *(level.name for level in c.levels)] for c in comparisons}
        fields = self._expressions("fields", whole.get("fields", {}))
        exclusive = self.keys("exclusive", whole.get("exclusive", {}), (), {"sources", "repeats_when"})
        known = self._known_fields(fields, records)
        if records and whole.get("spine") is not None and not records.source:
            raise self.error("records.source", "it is missing; with a spine each record must say its source")
        return Model(
            name=str(whole["model"]),
            version=str(whole["version"]),
            records=records,
            spine=None if whole.get("spine") is None else str(whole["spine"]),
            in_spine=self.number("prior.in_spine", prior.get("in_spine", 0.9), 0.000001, 0.999999),
            others_at_least=int(self.number("prior.others_at_least", prior.get("others_at_least", 1), 1, 1e9)),
            partners=self.number("prior.partners", prior.get("partners", 1), 0.000001, 1000),
            auto=auto,
            review=review,
            keep=self.number("bands.keep", bands["keep"], 0.000001, review),
            comparisons=tuple(comparisons),
            features=features,
            aligned_names=aligned,
            fields=fields,
            sure_keys=self._blocking_keys("blocking.sure", blocking["sure"], known) if "sure" in blocking else (),
            strong_keys=self._blocking_keys("blocking.strong", blocking["strong"], known),
            wide_keys=self._blocking_keys("blocking.wide", blocking["wide"], known) if "wide" in blocking else (),
            largest_block=int(self.number("blocking.largest_block", blocking["largest_block"], 2, 100_000)),
            exclusive=tuple(
                self._source(item)
                for item in (self.items("exclusive.sources", exclusive["sources"]) if "sources" in exclusive else [])
            ),
            repeats_when=self._of_levels("exclusive.repeats_when", exclusive.get("repeats_when", "false")),
            beside_name=self._of_levels("beside_name", whole.get("beside_name", "true"), of_features=False),
            family_members=int(self.number("family_cap.members", cap.get("members", 4), 1, 100)),
            family_outsiders=self.number("family_cap.outsiders", cap.get("outsiders", 1), 0.000001, 1),
            constraints=tuple(
                self._constraint(item)
                for item in (self.items("constraints", whole["constraints"]) if "constraints" in whole else [])
            ),
            trained=self.keys("trained", whole.get("trained", {}), (), None),
            calibration=self._calibration(whole.get("calibration", [0, 1])),
        )

    def _records(self, declared: Found) -> Records:
        item = self.keys("records", declared, {"id", "columns"}, {"source", "frequencies"})
        columns = []
        for name, spec in self.keys("records.columns", item["columns"], (), None).items():
            place = f"records.columns.{name}"
            column = self.keys(place, spec, (), {"from", "standard"})
            standard = column.get("standard", "text")
            if standard not in STANDARDS:
                raise self.error(f"{place}.standard", f"{standard!r} was found; known are {', '.join(STANDARDS)}")
            if name in _OWN_COLUMNS:
                raise self.error(place, f"{name!r} was found; the engine has a column of that name itself")
            if not _IDENTIFIER.fullmatch(name):
                raise self.error(place, f"{name!r} was found; it must be a word of small letters, digits and _")
            columns.append(InputColumn(name, str(column.get("from", name)), str(standard)))
        frequencies = tuple(
            str(name)
            for name in (self.items("records.frequencies", item["frequencies"]) if "frequencies" in item else [])
        )
        if unknown := sorted(set(frequencies) - {column.name for column in columns}):
            raise self.error("records.frequencies", f"{unknown} were found; they are no columns of the model")
        source = item.get("source")
        return Records(str(item["id"]), None if source is None else str(source), tuple(columns), frequencies)

    def _aligned(self, declared: Found) -> AlignedNames:
        item = self.keys("aligned_names", declared, {"column", "shares", "unless", "at_most"})
        for word in ("column", "shares"):
            if not _IDENTIFIER.fullmatch(str(item[word])):
                raise self.error(f"aligned_names.{word}", f"{item[word]!r} was found; it must be a column")
        return AlignedNames(
            str(item["column"]),
            str(item["shares"]),
            self._safe("aligned_names.unless", item["unless"], self.features),
            self.number("aligned_names.at_most", item["at_most"], 0, 100),
        )

    def _expressions(self, place: str, declared: Found) -> dict[str, str]:
        found = self.keys(place, declared, (), None)
        for name, expression in found.items():
            if not _IDENTIFIER.fullmatch(str(name)):
                raise self.error(place, f"{name!r} was found; a name must be of small letters, digits and _")
            self._safe(f"{place}.{name}", str(expression), None)
        return {str(name): str(expression) for name, expression in found.items()}

    def _comparisons(self, declared: Found) -> list[Comparison]:
        comparisons = [self._comparison(item) for item in self.items("comparisons", declared)]
        names = [comparison.name for comparison in comparisons]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise self.error("comparisons", f"{twice} stand there twice; each name may stand once")
        if len(numbers := [comparison.name for comparison in comparisons if comparison.identifier]) > 1:
            raise self.error("comparisons", f"{numbers} are said to be an identifier each; one may be")
        if len(names) > _MOST_COMPARISONS:
            raise self.error("comparisons", f"{len(names)} were found; at most {_MOST_COMPARISONS} can be weighed")
        return comparisons

    def _comparison(self, declared: Found) -> Comparison:
        item = self.keys(
            "comparisons",
            declared,
            {"name", "meaning", "unknown", "levels"},
            {"about", "early", "keeps_u", "identifier"},
        )
        place = f"comparison {item['name']}"
        if not _IDENTIFIER.fullmatch(str(item["name"])):
            raise self.error(place, f"{item['name']!r} was found; a name must be of small letters, digits and _")
        levels = tuple(self._level(place, level) for level in self.items(f"{place}, levels", item["levels"]))
        names = [level.name for level in levels]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            told = ", ".join(repr(name) for name in twice)
            raise self.error(place, f"the level {told} stands there twice; each name may stand once")
        if len(levels) > _MOST_LEVELS:
            raise self.error(f"{place}, levels", f"{len(levels)} were found; at most {_MOST_LEVELS} are possible")
        return Comparison(
            name=str(item["name"]),
            about=self._either(f"{place}, about", item.get("about", "person"), "person", "family"),
            meaning=str(item["meaning"]),
            unknown=self._safe(f"{place}, unknown", item["unknown"], self.features),
            early=self.yes_or_no(f"{place}, early", item.get("early", True)),
            keeps_u=self.yes_or_no(f"{place}, keeps_u", item.get("keeps_u", False)),
            levels=levels,
            identifier=self.yes_or_no(f"{place}, identifier", item.get("identifier", False)),
        )

    def _level(self, comparison: str, declared: Found) -> Level:
        level = self.keys(f"{comparison}, levels", declared, {"level", "when"}, {"m", "u", "per"})
        place = f"{comparison}, level {level['level']}"
        if not _IDENTIFIER.fullmatch(str(level["level"])):
            raise self.error(place, f"{level['level']!r} was found; a name must be of small letters, digits and _")
        if "m" not in level or "u" not in level:
            raise self.error(
                place, "it has no trained weights (m and u). Train the model with `./padan link train`, or write them"
            )
        per = level.get("per")
        if per is not None and per not in self.features:
            raise self.error(f"{place}, per", f"{per!r} was found; it must be a feature of the model")
        return Level(
            name=str(level["level"]),
            when=self._safe(f"{place}, when", level["when"], self.features),
            m=self.number(f"{place}, m", level["m"], 1e-9, 1),
            u=self.number(f"{place}, u", level["u"], 1e-12, 1e6 if per else 1),
            per=per,
        )

    def _constraint(self, declared: Found) -> Constraint:
        item = self.keys("constraints", declared, {"reason", "when"})
        reason = self._either("constraints, reason", item["reason"], "nik_conflict", "contradiction")
        return Constraint(reason, self._of_levels("constraints, when", item["when"]))

    def _source(self, declared: Found) -> ExclusiveSource:
        item = self.keys("exclusive.sources", declared, {"source"}, {"each", "repeats"})
        each = self._either("exclusive.sources, each", item.get("each", "source"), "source", "snapshot")
        repeats = self.yes_or_no("exclusive.sources, repeats", item.get("repeats", False))
        return ExclusiveSource(str(item["source"]), each, repeats)

    def _blocking_keys(self, place: str, declared: Found, known: frozenset[str] | None) -> tuple[tuple[str, ...], ...]:
        keys = tuple(tuple(str(field) for field in self.items(place, key)) for key in self.items(place, declared))
        named = {field for key in keys for field in key}
        if known is not None and (unknown := named - known):
            raise self.unknown(place, unknown, known)
        return keys

    def _known_fields(self, fields: dict[str, str], records: Records | None) -> frozenset[str]:
        return frozenset(fields) | (frozenset(column.name for column in records.columns) if records else frozenset())

    def _calibration(self, declared: Found) -> tuple[float, float]:
        found = self.items("calibration", declared)
        if len(found) != 2:
            raise self.error("calibration", f"{found!r} was found; it must be two numbers, shift and slope")
        return (
            self.number("calibration, shift", found[0], -100, 100),
            self.number("calibration, slope", found[1], 0.01, 100),
        )

    def _of_levels(self, place: str, declared: Found, *, of_features: bool = True) -> str:
        """Check a condition on levels and write their names as the numbers that the engine keeps them as.

        Features are forgotten when a pair is judged: what is asked of a pair later may not speak `of_features`.
        """
        features = self.features if of_features else frozenset[str]()
        text = self._safe(place, declared, features | {f"{name}_level" for name in self.levels})

        def number(match: re.Match[str]) -> str:
            comparison, operator, names = match.groups()
            return f"{comparison}_level {operator} " + QUOTED.sub(
                lambda name: str(self._level_number(place, comparison, name.group(1))), names
            )

        return _LEVEL_TEST.sub(number, text)

    def _level_number(self, place: str, comparison: str, level: str) -> int:
        if level not in self.levels[comparison]:
            raise self.error(place, f"{comparison} has no level {level!r}; it has {', '.join(self.levels[comparison])}")
        return self.levels[comparison].index(level)

    def _safe(self, place: str, declared: Found, known: Collection[str] | None) -> str:
        """Let through only expressions over known words; known of None allows any column."""
        text = "true" if declared is True else "false" if declared is False else str(declared)
        bare = QUOTED.sub("", text).lower()
        if _STATEMENT.search(bare):
            raise self.error(place, f"{text!r} was found; only comparisons of known features may stand there")
        called = set(re.findall(r"\b([a-z_][a-z_0-9]*)\s*\(", bare)) - WORDS
        if unknown := sorted(called - FUNCTIONS):
            raise self.error(place, f"the function {unknown} was found; known are {', '.join(sorted(FUNCTIONS))}")
        return self.condition(place, text, known, words=WORDS | FUNCTIONS, signs="+-*/")

    def _either(self, place: str, found: Found, one: str, other: str) -> str:
        if found not in (one, other):
            raise self.error(place, f"{found!r} was found; it must be {one} or {other}")
        return str(found)

    def unknown(self, place: str, names: Collection[str], known: Collection[str], of: str = "") -> DeclarationError:
        """Give the error for keys or features that nobody knows."""
        return self.error(place, f"{sorted(names)} is not known; known are {', '.join(sorted(known))}")


_MOST_COMPARISONS = 15
_MOST_LEVELS = 15
"""A pair's levels are kept in one number of 64 bits, four bits for each comparison."""

_OWN_COLUMNS = frozenset(("entity_id", "record_id", "source", "in_spine", "exclusive_in"))
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
_STATEMENT = re.compile(r"--|/\*|\*/|\bselect\b|\bwith\b|(?<!distinct )\bfrom\b")
_LEVEL_TEST = re.compile(r"\b(\w+)_level\s*(=|<>|NOT\s+IN|IN)\s*('[^']*'|\([^)]*\))", re.IGNORECASE)
