"""Raw rows become typed rows: the SELECT that does it is derived from the contract, column by column.

Before: every cell a text as delivered. After: one column of the declared type for each column of the contract, with

- `<id>_status` and `<id>_prefix` beside a NIK or KK,
- `<date>_ambiguous` and `<date>_other` (the other reading) beside a date,
- `<number>_outside` beside a number whose contract says `keep_outside`: what was read, where it is out of range,
- `kec_code` and `village_code` where the contract has region columns: of the delivery's kabupaten, else null,
- `issues`: what was written and could not be used, as `column:issue`,
- `refusal`: the rule by which the row goes to quarantine, as `column:rule`; null for a row that is used.

A missing or unreadable cell is null, never a guess.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from integration.cleaning import spelling
from integration.cleaning.regions import resolve_regions
from integration.contracts import Column, Contract
from integration.contracts.contract import code_lists
from warehouse.database import Connection, count, literal, table_exists
from warehouse.progress import Progress, Say

KEY_COLUMNS = (
    "source_file_id",
    "source_file",
    "source_row_no",
    "kab_code",
    "period",
    "snapshot_date",
)
"""What every typed row begins with; `source_row_no` counts physical rows from 1."""
TRUE_WORDS = ("1", "y", "ya", "v", "√", "✓", "true")
FALSE_WORDS = ("0", "2", "t", "tdk", "tidak", "x", "false")
_BLANKS = "E' \\t\\r\\n' || chr(160)"
"""What stands around a text by accident, in SQL."""
_SPELLED = {"date": "date", "number": "number", "integer": "number", "rt_rw": "rt_rw"}


@dataclass
class _Select:
    """The parts of the SELECT under construction: `read` sees the raw row as `r`, `judged` sees what `read` named."""

    joins: list[str] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    judged: list[str] = field(default_factory=list)
    issues: list[tuple[str, str, str]] = field(default_factory=list)
    refusals: list[tuple[str, str, str]] = field(default_factory=list)


def type_rows(
    connection: Connection, contract: Contract, source: str, target: str, say: Say, *, temporary: bool = False
) -> None:
    """Create table `target` (a temporary one where asked) from the raw rows in relation `source`.

    `source` has `KEY_COLUMNS`, `region_code_system` and the contract's columns as text; `clean_records.region` and the
    macros of cleaning must be there.
    """
    kind = "TEMP TABLE" if temporary else "TABLE"
    connection.execute(f"CREATE OR REPLACE {kind} {target} AS {select_typed(connection, contract, source, say)}")


def select_typed(
    connection: Connection, contract: Contract, source: str, say: Say, newest_year: int | None = None
) -> str:
    """Give the SELECT of the typed rows of relation `source`, for which see `type_rows`.

    Reads each distinct spelling once, into `clean_records.spelling_*`, and resolves places; the SELECT holds until it
    is called for another relation. `newest_year` decides two-digit years; without it, that of the newest snapshot in
    `source`. The typed row hangs on that year, on its own text and delivery, and on the order of the dates in its
    file; on no other row.
    """
    if not table_exists(connection, "clean_records", "region"):
        raise RuntimeError("clean_records.region is missing: call integration.cleaning.regions.load_regions first.")
    if newest_year is None:
        newest_year = count(connection, f"SELECT coalesce(max(year(snapshot_date)), year(current_date)) FROM {source}")
    _read_spellings(connection, contract, source, newest_year, say)
    _resolve_places(connection, contract, source)
    _find_date_orders(connection, contract, source)
    select = _Select()
    for column in contract.columns:
        _BUILDERS.get(column.type, _text)(select, column)
        _refuse_nulls(select, column)
    _regions(select, contract)
    names = {column.header: column.name for column in contract.columns}
    for rule in contract.row_rules:
        (select.refusals if rule.severity == "Q" else select.issues).append(
            (names[rule.column], rule.name, rule.broken_when)
        )
    return _statement(contract, select, source)


def _statement(contract: Contract, select: _Select, source: str) -> str:
    keys = ", ".join(f"r.{name}" for name in KEY_COLUMNS)
    judged = ",\n        ".join(select.judged)
    ids = [column.name for column in contract.columns if column.type in ("nik", "kk")]
    digits = "".join(f", clean_id({name}) AS digits_{name}" for name in ids)  # once: the macro is dear
    issues = ",\n        ".join(
        f"CASE WHEN {broken} THEN '{column}:{issue}' END" for column, issue, broken in select.issues
    )
    refusals = "\n        ".join(f"WHEN {broken} THEN '{column}:{rule}'" for column, rule, broken in select.refusals)
    return f"""
    WITH raw AS (
        SELECT *{digits} FROM {source}
    ),
    read AS (
        SELECT {keys},
        strptime(r.period || '-01', '%Y-%m-%d')::DATE AS period_start,
        last_day(strptime(r.period || '-01', '%Y-%m-%d')::DATE) AS period_end,
        {", ".join(select.read)}
        FROM raw AS r
        {" ".join(select.joins)}
    ),
    judged AS (
        SELECT * EXCLUDE (period_start, period_end), period_start, period_end{"," if judged else ""}
        {judged}
        FROM read
    )
    SELECT
        {", ".join(KEY_COLUMNS)},
        {", ".join(_output_columns(contract))},
        list_filter([{issues or "NULL::VARCHAR"}], lambda issue: issue IS NOT NULL) AS issues,
        {f"CASE {refusals} END" if refusals else "NULL::VARCHAR"} AS refusal
    FROM judged
    """


def _output_columns(contract: Contract) -> list[str]:
    names: list[str] = []
    for column in contract.columns:
        names.append(column.name)
        if column.type in ("nik", "kk"):
            names += [f"{column.name}_status", f"{column.name}_prefix"]
        elif column.type == "date":
            names += [f"{column.name}_ambiguous", f"{column.name}_other"]
        elif column.keep_outside:
            names.append(f"{column.name}_outside")
    return [*names, "kec_code", "village_code"] if _has_regions(contract) else names


def _text(select: _Select, column: Column) -> None:
    select.read.append(f"trim({_known(column)}, {_BLANKS}) AS {column.name}")


def _code(select: _Select, column: Column) -> None:
    folded = _folded(f"r.{column.name}")
    whens = " ".join(
        f"WHEN {_is_one_of(folded, words)} THEN {literal(value)}" for value, words in code_lists()[column.codes].items()
    )
    _written(select, column)
    select.read.append(f"CASE {whens} END AS {column.name}")
    _flag_unreadable(select, column, "unknown_code")


def _boolean(select: _Select, column: Column) -> None:
    folded = _folded(f"r.{column.name}")
    true, false = _is_one_of(folded, TRUE_WORDS), _is_one_of(folded, FALSE_WORDS)
    _written(select, column)
    select.read.append(f"CASE WHEN {true} THEN true WHEN {false} THEN false END AS {column.name}")
    _flag_unreadable(select, column, "unknown_code")


def _number(select: _Select, column: Column) -> None:
    alias = f"s_{column.name}"
    _spelled(select, column, "number")
    _written(select, column)
    number = f"{alias}.value"
    if column.pattern:
        inside = f"regexp_extract(upper(r.{column.also_from}), '{column.pattern}', 1)"
        number = f"coalesce({number}, try_cast({inside} AS DOUBLE))"
    if column.months_when:
        number = f"CASE WHEN {alias}.unit = '{column.months_when}' THEN {number} / 12 ELSE {number} END"
    if column.zero_is_null:
        number = f"nullif({number}, 0)"
    if column.type == "integer":
        number = f"CASE WHEN {number} = round({number}) THEN {number} END"
    if column.rescale:
        low, high, factor = (column.rescale[word] for word in ("min", "max", "factor"))
        inside = f"{number} BETWEEN {low} AND {high}"
        select.read.append(f"coalesce({inside}, false) AS rescaled_{column.name}")
        select.issues.append((column.name, "rescaled", f"rescaled_{column.name}"))
        number = f"CASE WHEN {inside} THEN {number} * {factor} ELSE {number} END"
    select.read.append(f"{number} AS v_{column.name}")
    bounds = [f"v_{column.name} >= {column.min}"] if column.min is not None else []
    bounds += [f"v_{column.name} <= {column.max}"] if column.max is not None else []
    within = " AND ".join(bounds) or "true"
    select.judged.append(f"CASE WHEN {within} THEN try_cast(v_{column.name} AS {column.sql_type}) END AS {column.name}")
    outside = f"v_{column.name} IS NOT NULL AND NOT ({within})"
    if column.keep_outside:
        select.judged.append(f"CASE WHEN NOT ({within}) THEN v_{column.name} END AS {column.name}_outside")
    (select.refusals if column.outside == "refuse" else select.issues).append((column.name, "out_of_range", outside))
    if not column.text_is_null:
        zero = f" AND v_{column.name} IS NULL AND coalesce({_literal_zero(column)}, true)"
        select.issues.append((column.name, "unreadable", f"w_{column.name} IS NOT NULL{zero}"))


def _literal_zero(column: Column) -> str:
    """Say in SQL that the written text is not a zero, where zero means null for this column."""
    return f"NOT regexp_full_match(w_{column.name}, '[0.,]*0[.,]?[^0-9]*')" if column.zero_is_null else "true"


def _date(select: _Select, column: Column) -> None:
    alias = f"s_{column.name}"
    _spelled(select, column, "date")
    select.joins.append(
        f"LEFT JOIN date_order AS o_{column.name} "
        f"ON o_{column.name}.source_file_id = r.source_file_id AND o_{column.name}.column_name = '{column.name}'"
    )
    month_first = f"coalesce(o_{column.name}.month_first, false)"
    taken = (
        f"CASE WHEN {month_first} THEN coalesce({alias}.month_first, {alias}.day_first) "
        f"ELSE coalesce({alias}.day_first, {alias}.month_first) END"
    )
    second = f"CASE WHEN {month_first} THEN {alias}.day_first ELSE {alias}.month_first END"
    other = f"CASE WHEN {alias}.ambiguous THEN {second} END"
    _written(select, column)
    future = f"v_{column.name} > snapshot_date" if column.not_after == "snapshot" else "false"
    select.read.append(f"{taken} AS v_{column.name}")
    select.read.append(f"coalesce({alias}.ambiguous AND NOT {month_first}, false) AS {column.name}_ambiguous")
    select.read.append(f"{other} AS {column.name}_other")
    select.read.append(f"coalesce({alias}.says_none, false) AS none_{column.name}")
    select.judged.append(f"CASE WHEN NOT coalesce({future}, false) THEN v_{column.name} END AS {column.name}")
    if column.not_after:
        select.issues.append((column.name, "future_birth_date", future))
    unreadable = f"w_{column.name} IS NOT NULL AND v_{column.name} IS NULL AND NOT none_{column.name}"
    select.issues.append((column.name, "unreadable", unreadable))
    select.issues.append((column.name, "ambiguous_date", f"{column.name}_ambiguous"))


def _rt_rw(select: _Select, column: Column) -> None:
    part = "rw" if column.name.endswith("rw") else "rt"
    _spelled(select, column, "rt_rw")
    _written(select, column)
    select.read.append(f"s_{column.name}.{part} AS {column.name}")
    nothing = f"NOT regexp_full_match(w_{column.name}, '[A-Za-z .:]*0+(\\.0)?')"
    select.issues.append(
        (column.name, "unreadable", f"w_{column.name} IS NOT NULL AND {column.name} IS NULL AND {nothing}")
    )


def _identifier(select: _Select, column: Column) -> None:
    name, alias = column.name, f"k_{column.name}"
    digits, known, kab4 = f"r.digits_{name}", f"{alias}.code IS NOT NULL", "replace(r.kab_code, '.', '')"
    status = "nik_status" if column.type == "nik" else "kk_status"
    select.joins.append(
        f"LEFT JOIN clean_records.region AS {alias} ON {alias}.level = 3 AND {alias}.code = id_kecamatan({digits})"
    )
    select.read += [
        f"{digits} AS {name}",
        f"{status}(r.{name}, {digits}, {known}, {kab4}) AS {name}_status",
        f"id_prefix(r.{name}) AS shown_{name}",
    ]
    valid = f"{name}_status IN ('valid', 'valid_foreign')"
    select.judged.append(f"CASE WHEN {valid} THEN {name} ELSE shown_{name} END AS {name}_prefix")


def _region_part(select: _Select, column: Column) -> None:
    _written(select, column)
    select.read.append(f"try_cast({_region_number(column.name)} AS INTEGER) AS {column.name}")
    _flag_unreadable(select, column, "unreadable")


def _region_number(name: str) -> str:
    """Give a region's number as written, in SQL, without the decimal part that a spreadsheet adds."""
    return f"regexp_replace(trim(r.{name}), '\\.0$', '')"


_BUILDERS: dict[str, Callable[[_Select, Column], None]] = {
    "code": _code,
    "boolean": _boolean,
    "number": _number,
    "integer": _number,
    "date": _date,
    "rt_rw": _rt_rw,
    "nik": _identifier,
    "kk": _identifier,
    "region_part": _region_part,
}


def _written(select: _Select, column: Column) -> None:
    """Keep the written text under `w_<name>`, null where it means nothing, for telling unreadable from missing."""
    select.read.append(f"{_known(column)} AS w_{column.name}")


def _known(column: Column) -> str:
    """Give the written text in SQL, null where it means nothing: the common null tokens and the column's own."""
    text = f"not_null_token(r.{column.name})"
    if column.keep_null_token:
        kept = _is_one_of(f"lower(trim(r.{column.name}))", [column.keep_null_token.casefold()])
        text = f"CASE WHEN {kept} THEN r.{column.name} ELSE {text} END"
    if not column.nulls:
        return text
    means_nothing = _is_one_of(f"lower(trim({text}))", [token.casefold() for token in column.nulls])
    return f"CASE WHEN NOT {means_nothing} THEN {text} END"


def _flag_unreadable(select: _Select, column: Column, issue: str) -> None:
    select.issues.append((column.name, issue, f"w_{column.name} IS NOT NULL AND {column.name} IS NULL"))


def _refuse_nulls(select: _Select, column: Column) -> None:
    empty = f"{column.name}_status = 'missing'" if column.type in ("nik", "kk") else f"{column.name} IS NULL"
    if column.on_null == "refuse":
        select.refusals.append((column.name, "empty_or_unreadable", empty))
    elif column.on_null == "flag":
        select.issues.append((column.name, "empty", f"{empty}"))


def _spelled(select: _Select, column: Column, kind: str) -> None:
    alias = f"s_{column.name}"
    select.joins.append(f"LEFT JOIN clean_records.spelling_{kind} AS {alias} ON {alias}.spelling = r.{column.name}")


def _read_spellings(connection: Connection, contract: Contract, source: str, year: int, say: Say) -> None:
    kinds = {"date": spelling.dates(year), "number": spelling.numbers(), "rt_rw": spelling.rt_rws()}
    for kind, reader in kinds.items():
        columns = [(source, column.name) for column in contract.columns if _SPELLED.get(column.type) == kind]
        if columns:
            progress = Progress(f"{contract.dataset}: reading spellings of {kind}", say)
            spelling.read_spellings(connection, reader, columns, progress)


def _has_regions(contract: Contract) -> bool:
    return any(column.type in ("village", "region_part") for column in contract.columns) and any(
        column.name in ("village_text", "village_no") for column in contract.columns
    )


def _resolve_places(connection: Connection, contract: Contract, source: str) -> None:
    """Have every place of `source` in the temporary table `resolved_place`, each resolved once for a connection."""
    if all(column.name != "village_text" for column in contract.columns):
        return
    columns = "kab_code, kec_text, village_text"
    places = f"SELECT DISTINCT {columns} FROM {source}"
    known = table_exists(connection, "main", "resolved_place")
    if known:
        places = f"{places} EXCEPT SELECT {columns} FROM resolved_place"
        if not count(connection, f"SELECT count(*) FROM ({places})"):
            return
    resolve_regions(connection, places)
    keep = "INSERT INTO resolved_place" if known else "CREATE TEMP TABLE resolved_place AS"
    connection.execute(f"{keep} FROM clean_records.spelling_region")


def _regions(select: _Select, contract: Contract) -> None:
    """Add `kec_code` and `village_code`: from codes where they are known to be the Ministry's, else from names."""
    if not _has_regions(contract):
        return
    names = {column.name for column in contract.columns}
    by_code = "NULL::VARCHAR"
    if "village_no" in names:
        parts = ", ".join(map(_region_number, ("province_no", "kab_no", "kec_no", "village_no")))
        by_code = f"region_code_of_parts({parts}, 'kemendagri')"
    elif "kec_text_code" in names:
        by_code = (
            "region_code_of_parts(r.province_code, r.kab_text_code, r.kec_text_code, r.village_text_code, "
            "r.region_code_system)"
        )
    elif "village_text_code" in names:
        by_code = "region_code(r.village_text_code, 'kemendagri')"
    select.joins.append(f"LEFT JOIN clean_records.region AS g_code ON g_code.code = {by_code} AND g_code.level >= 3")
    named = "NULL::VARCHAR", "NULL::VARCHAR"
    if "village_text" in names:
        select.joins.append(
            "LEFT JOIN resolved_place AS g_name ON g_name.kab_code = r.kab_code "
            "AND g_name.kec_text IS NOT DISTINCT FROM r.kec_text "
            "AND g_name.village_text IS NOT DISTINCT FROM r.village_text"
        )
        named = "g_name.kec_code", "g_name.village_code"
    here = "g_code.kab_code = r.kab_code"
    select.read += [
        f"coalesce(CASE WHEN {here} AND g_code.level = 4 THEN g_code.code END, "
        f"CASE WHEN g_code.code IS NULL OR {here} THEN {named[1]} END) AS village_code",
        f"coalesce(CASE WHEN {here} THEN g_code.kec_code END, "
        f"CASE WHEN g_code.code IS NULL THEN {named[0]} END) AS kec_code",
        f"g_code.code IS NOT NULL AND NOT ({here}) AS elsewhere",
    ]
    column = "village_no" if "village_no" in names else "village_text"
    select.issues.append((column, "other_kabupaten", "elsewhere"))
    select.issues.append((column, "unknown_region", "village_code IS NULL AND NOT elsewhere"))


def _find_date_orders(connection: Connection, contract: Contract, source: str) -> None:
    """Create `date_order`: in which files and columns 95 % of the unambiguous dates are MM/DD (contracts §0)."""
    dates = [column.name for column in contract.columns if column.type == "date"]
    counts = " UNION ALL ".join(
        f"""SELECT r.source_file_id, '{name}' AS column_name,
            count(*) FILTER (s.day_first IS NULL AND s.month_first IS NOT NULL) AS month_first,
            count(*) FILTER (s.day_first IS NOT NULL AND NOT s.ambiguous) AS day_first
        FROM {source} AS r JOIN clean_records.spelling_date AS s ON s.spelling = r.{name} GROUP BY ALL"""
        for name in dates
    )
    nothing = "SELECT NULL::VARCHAR AS source_file_id, NULL::VARCHAR AS column_name, 0 AS month_first, 1 AS day_first"
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE date_order AS
        SELECT source_file_id, column_name,
            month_first > 0 AND month_first >= 0.95 * (month_first + day_first) AS month_first
        FROM ({counts or nothing})
        """
    )


def _folded(written: str) -> str:
    """Write a code cell as codes are compared: trimmed, single blanks, lower case, `1.0` and `01` as `1`."""
    single = f"trim(regexp_replace({written}, '[\\s\\x{{00A0}}]+', ' ', 'g'))"
    return f"lower(regexp_replace(regexp_replace({single}, '^(\\d+)\\.0$', '\\1'), '^0+(\\d)', '\\1'))"


def _is_one_of(expression: str, words: Iterable[str]) -> str:
    return f"{expression} IN ({', '.join(literal(word) for word in sorted(words))})"
