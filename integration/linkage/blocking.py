"""Which pairs are compared at all: those that share a key of the model, with too wide keys made narrower."""

from dataclasses import dataclass

from integration.linkage.model import PersonModel
from integration.linkage.scratch import drop
from warehouse.database import Connection, count, value

# A field gives one value or a list of them for each entity (a birth date also as it reads with day and month swapped).
_FIELDS = {
    "nik": "nik",
    "nik_prefix": "coalesce(left(nik, 12), CASE WHEN length(nik_prefix) >= 12 THEN left(nik_prefix, 12) END)",
    "birth_year": "birth_year",
    "birth_day": "strftime(birth_date, '%m%d')",
    "name_key": "name_key",
    "name_start": "left(name_joined, 4)",
    "spouse": "left(spouse, 4)",
    "position": "CASE WHEN position IN ('head', 'spouse') THEN position END",
    "village": "village",
    "kecamatan": "kecamatan",
}
_LISTS = {
    "family": "list_distinct(list_filter(list_append(relative_families, coalesce(family, kk)), "
    "lambda family: family IS NOT NULL))",
    "birth_date": """list_distinct(list_filter([birth_date, birth_date_swapped,
        CASE WHEN day(birth_date) <= 12 AND NOT of_register
             THEN make_date(year(birth_date), day(birth_date), month(birth_date)) END],
        lambda date: date IS NOT NULL))""",
    "name_token": "list_distinct(string_split(name_key, ' '))",
    "name_letter": "list_distinct(list_transform(string_split(name_key, ' '), lambda token: left(token, 1)))",
    "parent": "list_distinct(list_filter([left(parent_1, 4), left(parent_2, 4)], lambda name: name IS NOT NULL))",
}
_NARROWER = ("birth_year", "concat_ws(' ', village, rw)", "dusun", "name_key", "spouse")


# Two numbers that are no misspelling of each other and two birth years apart: brothers of one family, not one person.
_PLAINLY_DIFFERENT = """
length(x.nik) = 16 AND length(y.nik) = 16 AND hamming(x.nik, y.nik) > 2
AND year(x.birth_date) <> year(y.birth_date) AND abs(date_diff('day', x.birth_date, y.birth_date)) > 31
AND strftime(x.birth_date, '%m%d') <> strftime(y.birth_date, '%m%d')
"""


@dataclass(frozen=True)
class Blocks:
    """How wide the net was: `pairs` to be compared; `left_out` pairs of keys that stayed too wide (recall risk)."""

    pairs: int
    left_out: int


def write_keys(con: Connection, model: PersonModel) -> None:
    """Fill `block_key(entity_id, strong, block)`: one long table of hashed keys, one row per entity and key value."""
    con.execute("CREATE OR REPLACE TEMP TABLE block_key (entity_id BIGINT, strong BOOLEAN, block UBIGINT)")
    for kind, fields in enumerate(model.strong_keys + model.wide_keys):
        # Unnesting two lists in one SELECT would pair them up: each list gets its own nesting.
        source = "entity"
        for field in fields:
            if field in _LISTS:
                source = f"(SELECT *, unnest({_LISTS[field]}) AS key_{field} FROM {source})"
        values = [f"key_{field}" if field in _LISTS else f"({_FIELDS[field]})" for field in fields]
        filled = " AND ".join(f"{item} IS NOT NULL" for item in values)
        con.execute(
            f"""INSERT INTO block_key
            SELECT DISTINCT entity_id, {kind < len(model.strong_keys)}, hash({kind}, {", ".join(values)})
            FROM {source} WHERE {filled}"""
        )


def pair_with_register(con: Connection, model: PersonModel, strong: bool) -> Blocks:
    """Fill `pair(a, b)`: each description not in `link` with every register person it shares a key with.

    With `strong` only the strong keys count. A key wider than the model allows is made narrower first; what is still
    too wide is left out and counted. Pairs that are plainly different persons are not kept.
    """
    condition = "NOT of_register AND entity_id NOT IN (SELECT a FROM link)"
    keys = "strong" if strong else "true"
    blocks = _pair(con, model, f"{condition} AND {keys}", f"of_register AND {keys}", "true")
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE pair AS
        SELECT a, b FROM pair JOIN entity AS x ON x.entity_id = a JOIN entity AS y ON y.entity_id = b
        WHERE ({_PLAINLY_DIFFERENT}) IS NOT TRUE"""
    )
    return blocks


def pair_among(con: Connection, model: PersonModel, unplaced: str) -> Blocks:
    """Fill `pair(a, b)` with a > b: the descriptions listed in the table `unplaced` with each other."""
    chosen = f"entity_id IN (SELECT entity_id FROM {unplaced})"
    return _pair(con, model, chosen, chosen, "l.entity_id > r.entity_id")


def _pair(con: Connection, model: PersonModel, left: str, right: str, condition: str) -> Blocks:
    for side, which in (("left_key", left), ("right_key", right)):
        con.execute(
            f"""CREATE OR REPLACE TEMP TABLE {side} AS
            SELECT block_key.* FROM block_key JOIN entity USING (entity_id) WHERE {which}"""
        )
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE wide AS
        SELECT block FROM right_key WHERE block IN (SELECT block FROM left_key)
        GROUP BY block HAVING count(*) > {model.largest_block}"""
    )
    narrower = " UNION ALL ".join(
        f"SELECT entity_id, strong, hash(block, {number}, {field}) AS block "
        f"FROM {{side}} JOIN entity USING (entity_id) "
        f"WHERE block IN (FROM wide) AND nullif(CAST({field} AS VARCHAR), '') IS NOT NULL"
        for number, field in enumerate(_NARROWER)
    )
    for side in ("left_key", "right_key"):
        con.execute(
            f"""CREATE OR REPLACE TEMP TABLE {side} AS
            SELECT * FROM {side} WHERE block NOT IN (FROM wide)
            UNION ALL ({narrower.format(side=side)})"""
        )
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE wide AS
        SELECT block, count(*) AS entities FROM right_key WHERE block IN (SELECT block FROM left_key)
        GROUP BY block HAVING count(*) > {model.largest_block}"""
    )
    left_out = value(con, "SELECT coalesce(sum(entities), 0)::BIGINT FROM left_key JOIN wide USING (block)")
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE pair AS
        SELECT DISTINCT l.entity_id AS a, r.entity_id AS b
        FROM left_key AS l JOIN right_key AS r USING (block)
        WHERE {condition} AND block NOT IN (SELECT block FROM wide)"""
    )
    drop(con, "left_key", "right_key", "wide")
    return Blocks(pairs=count(con, "SELECT count(*) FROM pair"), left_out=int(str(left_out)))
