"""Which pairs are compared at all: those that share a key of the model, unless too many share it.

One long table holds every key of every entity. A key that more persons than `largest_block` share is left out whole,
never cut by chance, and told: the model names narrower keys beside it (with the village, the year), so that what is
lost can be read from the model.
"""

from dataclasses import dataclass

from integration.linkage.engine import Engine, number, table_of
from integration.linkage.expressions import check_columns
from integration.linkage.model import Model


@dataclass(frozen=True)
class Blocks:
    """How wide the net was: `pairs` to be compared; `left_out` those under too wide keys: a recall risk, at most."""

    pairs: int = 0
    left_out: int = 0

    def __add__(self, other: "Blocks") -> "Blocks":
        return Blocks(self.pairs + other.pairs, self.left_out + other.left_out)


def write_keys(
    engine: Engine, model: Model, entities: str, target: str, keys: tuple[tuple[str, ...], ...], *, append: bool = False
) -> None:
    """Make `target(entity_id, in_spine, block)`: one row for each entity of the query `entities` and each key value.

    A field of a key may be a list: each of its values makes a key. An entity without a value for a field has no such
    key. `block` is a hash of key and values.
    """
    numbered = {key: place for place, key in enumerate(model.keys)}
    lists = _list_fields(engine, model, entities)
    each = [_key(model, entities, key, numbered[key], lists) for key in keys]
    engine.sql(target, "\nUNION ALL\n".join(each), append=append)


def keys_of(engine: Engine, model: Model, entities: str, key: tuple[str, ...]) -> str:
    """Give the query of one key alone, be it of the model or not: entity_id, in_spine, block."""
    return _key(model, entities, key, 0, _list_fields(engine, model, entities))


def _key(model: Model, entities: str, key: tuple[str, ...], number_of_key: int, lists: frozenset[str]) -> str:
    # Unnesting two lists in one SELECT would pair them up: each list gets its own nesting.
    source = ", ".join(f"{model.fields.get(field, field)} AS key_{place}" for place, field in enumerate(key))
    nested = f"SELECT entity_id, in_spine, {source} FROM {entities}"
    for place, field in enumerate(key):
        if field in lists:
            nested = f"SELECT * REPLACE (unnest(key_{place}) AS key_{place}) FROM ({nested})"
    values = [f"key_{place}" for place in range(len(key))]
    filled = " AND ".join(f"{value} IS NOT NULL" for value in values)
    distinct = "DISTINCT " if lists & set(key) else ""
    return (
        f"SELECT {distinct}entity_id, in_spine, hash({number_of_key}, {', '.join(values)}) AS block "
        f"FROM ({nested}) WHERE {filled}"
    )


def _list_fields(engine: Engine, model: Model, entities: str) -> frozenset[str]:
    """Find which fields give a list."""
    check_columns(engine, model, entities)
    fields = sorted({field for key in model.keys for field in key})
    columns = ", ".join(f"{model.fields.get(field, field)} AS {field}" for field in fields)
    found = table_of(engine, f"SELECT {columns} FROM {entities} LIMIT 0").schema
    return frozenset(field.name for field in found if str(field.type).startswith("list"))


def find_wide(engine: Engine, model: Model, name: str, keys: str) -> None:
    """Make `name(block, entities)`: the keys of the query `keys` that more than the model's `largest_block` share."""
    engine.sql(
        name,
        f"SELECT block, count(*) AS entities FROM {keys} GROUP BY block HAVING count(*) > {model.largest_block}",
    )


def pair(engine: Engine, name: str, left: str, right: str, wide: str, *, ordered: bool = False) -> Blocks:
    """Make `name(a, b)`: the entities of the key query `left` with those of `right` that share a key not in `wide`.

    With `ordered` both are the same people and each pair stands once, a > b.
    """
    once = "AND l.entity_id > r.entity_id" if ordered else ""
    engine.sql(
        name,
        f"""SELECT DISTINCT l.entity_id AS a, r.entity_id AS b
        FROM (SELECT * FROM {left} WHERE block NOT IN (SELECT block FROM {wide})) AS l
        JOIN {right} AS r ON r.block = l.block {once}""",
    )
    left_out = number(engine, f"SELECT sum(entities)::BIGINT FROM {left} JOIN {wide} USING (block)")
    return Blocks(pairs=number(engine, f"SELECT count(*) FROM {name}"), left_out=left_out)
