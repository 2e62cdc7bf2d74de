"""Reading the contract declarations, and saying exactly what is wrong with one."""

import unicodedata
from dataclasses import MISSING, dataclass, fields, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from warehouse.errors import DeclarationError
from warehouse.tables.declaration import PRIVACY
from warehouse.yaml_file import read_yaml

AGENCIES = ("health", "civil_registration", "social_welfare", "family_planning")
COLUMN_TYPES = {
    # type: (DuckDB type of the typed column, personal-data class where the column names none)
    "text": ("VARCHAR", "none"),
    "name": ("VARCHAR", "personal"),
    "nik": ("VARCHAR", "identifier"),
    "kk": ("VARCHAR", "identifier"),
    "date": ("DATE", "none"),
    "number": ("DOUBLE", "none"),
    "integer": ("INTEGER", "none"),
    "code": ("VARCHAR", "none"),
    "boolean": ("BOOLEAN", "none"),
    "rt_rw": ("VARCHAR", "personal"),
    "address": ("VARCHAR", "personal"),
    "kecamatan": ("VARCHAR", "personal"),
    "village": ("VARCHAR", "personal"),
    "kecamatan_code": ("VARCHAR", "personal"),
    "village_code": ("VARCHAR", "personal"),
    "region_part": ("INTEGER", "none"),
}
_FOLDER = Path(__file__).parent
_Declared = TypeVar("_Declared", "Column", "RowRule", "DeliveryRule", "Promise", "Contract")


@dataclass(frozen=True)
class Column:
    """One column of an extract.

    `needed`: a file without it is refused. `on_null`: what becomes of a row whose cell is empty or unreadable:
    `keep` it, `flag` it, or `refuse` it (quarantine). `outside`: what a value out of `min`..`max` or of `codes`
    becomes: null and flagged, or (`refuse`) the row goes to quarantine. `rescale`: values within its `min`..`max` are
    multiplied by `factor` and flagged. `keep_outside`: a value out of `min`..`max` is kept in `<name>_outside`, for
    whoever knows more of the row. `nulls`: further texts that mean nothing is known. `text_is_null`: a text that
    is no number means unknown (`Belum Ada Desil`), not an error. `keep_null_token`: the one null token that is a
    value of this column.
    """

    name: str
    header: str
    type: str
    label: str
    aliases: tuple[str, ...] = ()
    needed: bool = False
    on_null: Literal["keep", "flag", "refuse"] = "keep"
    outside: Literal["null", "refuse"] = "null"
    privacy: str = ""
    unit: str = ""
    min: float | None = None
    max: float | None = None
    zero_is_null: bool = False
    rescale: dict[str, float] | None = None
    keep_outside: bool = False
    months_when: str = ""
    not_after: Literal["", "snapshot"] = ""
    codes: str = ""
    nulls: tuple[str, ...] = ()
    text_is_null: bool = False
    keep_null_token: str = ""
    also_from: str = ""
    pattern: str = ""

    @property
    def sql_type(self) -> str:
        """DuckDB type of the typed column."""
        return COLUMN_TYPES[self.type][0]

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every header that means this column, comparable (see `comparable_header`)."""
        return tuple(comparable_header(text) for text in (self.header, *self.aliases))


@dataclass(frozen=True)
class RowRule:
    """What must hold of a typed row: `broken_when` is SQL over typed columns; severity Q quarantines, W flags."""

    name: str
    severity: Literal["Q", "W"]
    broken_when: str
    column: str
    wanted: str
    what_to_do: str


@dataclass(frozen=True)
class DeliveryRule:
    """What must hold of a whole delivery: `measure` is an SQL aggregate over its typed rows (or over `over`)."""

    name: str
    measure: str
    wanted: str
    what_to_do: str
    over: str = "{rows}"
    refuse_below: float | None = None
    refuse_above: float | None = None
    warn_below: float | None = None
    warn_above: float | None = None

    def verdict(self, measured: float | None) -> Literal["ok", "warn", "refuse"]:
        """Judge a measured value; nothing to measure is no fault."""
        if measured is None:
            return "ok"
        if _beyond(measured, self.refuse_below, self.refuse_above):
            return "refuse"
        return "warn" if _beyond(measured, self.warn_below, self.warn_above) else "ok"

    def sentence(self, measured: float) -> str:
        """Say what was measured beyond a limit, what is wanted and what to do."""
        refuses = self.verdict(measured) == "refuse"
        low, high = (self.refuse_below, self.refuse_above) if refuses else (self.warn_below, self.warn_above)
        bound = f"at least {low:.1%}" if low is not None and measured < low else f"at most {high:.1%}"
        return f"{self.name}: {self.wanted}: {measured:.2%}, wanted {bound}; {self.what_to_do}."


@dataclass(frozen=True)
class Promise:
    """How often an agency promised a dataset: once for each span, by `by_day` of the month after it.

    `by_day` is from 1 to 27, so that every month has the day after it.
    """

    every: Literal["month", "quarter", "half_year", "year"]
    by_day: int


@dataclass(frozen=True)
class Contract:
    """One dataset as its agency delivers it.

    `kind`: a `snapshot` replaces the one before it; `event` deliveries add up. `names_rows_of`: the roles in which
    each row names a person. `exclusive`: one snapshot holds each person once. `header_naming`: how merged header rows
    name a column, by `joined` texts from top to bottom or by the `lowest` one. `never_store`: columns that must not
    be kept even when delivered. `promise`: None where nobody promised to go on delivering it.
    """

    code: str
    dataset: str
    agency: str
    sender: str
    title: str
    kind: Literal["snapshot", "event"]
    required_to_publish: bool
    formats: tuple[str, ...]
    names_rows_of: tuple[str, ...]
    columns: tuple[Column, ...]
    exclusive: bool = False
    header_naming: Literal["joined", "lowest"] = "joined"
    file_patterns: tuple[str, ...] = ()
    never_store: tuple[str, ...] = ()
    layouts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    promise: Promise | None = None
    row_rules: tuple[RowRule, ...] = ()
    delivery_rules: tuple[DeliveryRule, ...] = ()

    @property
    def table(self) -> str:
        """The table of its raw rows."""
        return f"agency_extracts.{self.dataset}"

    @property
    def typed_table(self) -> str:
        """The table of its typed rows."""
        return f"clean_records.{self.dataset}"

    @property
    def needed_columns(self) -> tuple[Column, ...]:
        """The columns without which a file is refused."""
        return tuple(column for column in self.columns if column.needed)

    def column(self, name: str) -> Column:
        """Give a column by its typed name; raises KeyError."""
        return {column.name: column for column in self.columns}[name]

    def layout_of(self, present: set[str]) -> str | None:
        """Name the layout of a file that has the columns with these exact headers; None where layouts do not differ."""
        for layout, marks in self.layouts:
            if all((mark[1:] not in present) if mark.startswith("!") else (mark in present) for mark in marks):
                return layout
        return None


@cache
def contracts() -> dict[str, Contract]:
    """Give all contracts by dataset, in the order of their codes.

    Raises `DeclarationError` naming file, column and word when a declaration is wrong.
    """
    found = [_read(path) for path in sorted(_FOLDER.glob("*.yaml")) if path.name != "codes.yaml"]
    return {one.dataset: one for one in sorted(found, key=lambda one: one.code)}


def contract(dataset: str) -> Contract:
    """Give one contract; raises `DeclarationError` when there is none of that name."""
    if dataset not in contracts():
        raise DeclarationError(f"No contract is called {dataset!r}; there are {', '.join(contracts())}.")
    return contracts()[dataset]


@cache
def code_lists() -> dict[str, dict[str, tuple[str, ...]]]:
    """Give the code lists: list -> canonical value -> spellings (casefolded), the canonical value among them."""
    declared = read_yaml(_FOLDER / "codes.yaml")
    return {
        name: {value: tuple({value.casefold(), *map(str.casefold, spellings)}) for value, spellings in values.items()}
        for name, values in declared.items()
    }


@lru_cache(maxsize=4096)  # a night of 336 files compares half a million cells, most of them the same headers
def comparable_header(text: str) -> str:
    """Bring a header cell to the form in which headers are compared: NFKC, single blanks, casefolded, no `*` or `:`."""
    return " ".join(unicodedata.normalize("NFKC", text).split()).casefold().rstrip("*: ")


def _beyond(measured: float, below: float | None, above: float | None) -> bool:
    return (below is not None and measured < below) or (above is not None and measured > above)


def _read(path: Path) -> Contract:
    declared: dict[str, Any] = read_yaml(path)
    place = f"integration/contracts/{path.name}"
    if declared.get("agency") not in AGENCIES:
        raise DeclarationError(f"{place}: agency is {declared.get('agency')!r}; it must be one of {AGENCIES}.")
    columns = tuple(_column(f"{place}, column {c.get('name')}", c) for c in declared.pop("columns", ()))
    _refuse_twice(place, "columns are called", [column.name for column in columns])
    _refuse_twice(place, "columns answer to the header", [s for column in columns for s in column.spellings])
    headers = {column.header for column in columns}
    rules = tuple(_rule(place, RowRule, rule) for rule in declared.pop("row_rules", ()))
    for rule in rules:
        if rule.column not in headers:
            raise DeclarationError(f"{place}, rule {rule.name}: column {rule.column!r} is no header of the contract.")
    delivery_rules = tuple(_rule(place, DeliveryRule, rule) for rule in declared.pop("delivery_rules", ()))
    layouts = tuple((name, tuple(marks)) for name, marks in declared.pop("layouts", {}).items())
    read: dict[str, Any] = {
        "columns": columns,
        "row_rules": rules,
        "delivery_rules": delivery_rules,
        "layouts": layouts,
    }
    if "promise" in declared:
        read["promise"] = promise(f"{place}, promise", declared.pop("promise"))
    return _declaration(place, Contract, {**declared, **read})


def promise(place: str, declared: Any) -> Promise:  # noqa: ANN401 - what a YAML file says
    """Read a promise such as `{every: month, by_day: 10}`; raises `DeclarationError` that names `place`."""
    if not isinstance(declared, dict):
        raise DeclarationError(f"{place}: {declared!r} was found; it must be such as {{every: month, by_day: 10}}.")
    made = _declaration(place, Promise, declared)
    if type(made.by_day) is not int or not 1 <= made.by_day <= 27:
        raise DeclarationError(f"{place}, by_day: {made.by_day!r} was found; it must be a whole number from 1 to 27.")
    return made


def _rule(place: str, kind: type[_Declared], spec: dict[str, Any]) -> _Declared:
    return _declaration(f"{place}, rule {spec.get('name')}", kind, spec)


def _column(place: str, spec: dict[str, Any]) -> Column:
    column = _declaration(place, Column, spec)
    if column.type not in COLUMN_TYPES:
        raise DeclarationError(f"{place}: type is {column.type!r}; it must be one of {', '.join(COLUMN_TYPES)}.")
    if column.type == "code" and column.codes not in code_lists():
        raise DeclarationError(f"{place}: codes is {column.codes!r}, which codes.yaml does not list.")
    if column.outside == "refuse" and (column.min is None or column.max is None):
        raise DeclarationError(f"{place}: outside is 'refuse', but min and max do not both say outside of what.")
    privacy = column.privacy or COLUMN_TYPES[column.type][1]
    if privacy not in PRIVACY:
        raise DeclarationError(f"{place}: privacy is {privacy!r}; it must be one of {', '.join(PRIVACY)}.")
    return replace(column, privacy=privacy)


def _declaration(place: str, kind: type[_Declared], spec: dict[str, Any]) -> _Declared:
    """Make a declaration of its words; raises `DeclarationError` for a word unknown, missing or of another choice."""
    known = {field.name: field for field in fields(kind)}
    if unknown := set(spec) - set(known):
        raise DeclarationError(f"{place}: unknown words {sorted(unknown)}; known are {sorted(known)}.")
    needed = {name for name, field in known.items() if field.default is MISSING}
    if missing := needed - set(spec):
        raise DeclarationError(f"{place}: {', '.join(sorted(missing))} is not said.")
    for name, hint in get_type_hints(kind).items():
        if get_origin(hint) is Literal and name in spec and spec[name] not in get_args(hint):
            raise DeclarationError(f"{place}: {name} is {spec[name]!r}; it must be one of {get_args(hint)}.")
    words: dict[str, Any] = {name: tuple(said) if isinstance(said, list) else said for name, said in spec.items()}
    return kind(**words)


def _refuse_twice(place: str, what: str, names: list[str]) -> None:
    if twice := {name for name in names if names.count(name) > 1}:
        raise DeclarationError(f"{place}: two {what} {', '.join(sorted(twice))}.")
