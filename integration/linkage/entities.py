"""The two sides of every comparison: descriptions with what the civil register adds to them.

To a description its family adds relatives; to a person of the spine, how common the values are. Where anything of this
changes, the entity is another one tonight, and what was found out about it does not count any more.
"""

from integration.linkage.engine import Engine
from integration.linkage.model import Model
from integration.linkage.statements import statements
from warehouse.database import literal

_SMOOTHING = 2000.0
"""How many imagined people stand beside the spine when the frequency of a value is reckoned; a spine of ten persons
would otherwise call every name one in ten, and a name seen once in a million impossible."""

_ADDED = ("family", "household", "relative_families", "parent_1", "parent_2", "spouse", "exclusive_in")
_FREQUENCIES = (
    *("token_shares", "name_frequency", "birth_date_frequency", "family_share", "parent_1_frequency"),
    *("parent_2_frequency", "spouse_frequency", "village_share"),
)
_COUNTED = ("name", "token", "birth_date", "village", "parent")


def describe(engine: Engine, model: Model, size: float, first: bool) -> None:
    """Bring `linkage_memory.entity` up to what records and register say tonight, `read_contents` having been called.

    Fills `fresh_entity(entity_id)`, whose row is new or another than last night, and (not on the first night) `built`,
    these rows, and `gone_entity(entity_id)`, whose row of last night does not hold any more. Only persons of the spine
    are given frequencies: of the others `with_frequencies` finds them where they are needed.
    """
    by_source, by_snapshot = (_sources(model, each) for each in ("source", "snapshot"))
    engine.sql("exclusive_in", statements("descriptions.sql")["exclusive_in"].format(by_snapshot=by_snapshot))
    if first:
        _describe_all(engine, by_source, size)
    else:
        _describe_changed(engine, by_source, size)


def with_frequencies(engine: Engine, name: str, entities: str, size: float) -> None:
    """Make `name`: the remembered entities that a query gives, those outside the spine with frequencies too.

    `size` is that of the spine, in persons.
    """
    engine.sql("infrequent", f"SELECT * EXCLUDE (guise, {', '.join(_FREQUENCIES)}) FROM {entities}")
    _reckon_frequencies(engine, name, "infrequent", size)


def _reckon_frequencies(engine: Engine, name: str, entities: str, size: float) -> None:
    engine.sql("name_token", _numbered("name_token", size, names=entities))
    engine.sql(name, _numbered("frequent", size, entities=entities))


def _numbered(text: str, size: float, **words: str) -> str:
    # Said to be DOUBLE: DuckDB 1.5 takes a number with a point for a DECIMAL.
    numbers = {"spine_size": f"{size}::DOUBLE", "smoothing": f"{_SMOOTHING}::DOUBLE"}
    return statements("entities.sql")[text].format(**numbers, **words)


def _describe_all(engine: Engine, by_source: str, size: float) -> None:
    texts = statements("entities.sql")
    for name in ("row_mate", "exclusive_in", "superseded"):
        engine.sql(f"linkage_memory.{name}", f"FROM {name}")
    engine.sql("linkage_memory.card", texts["card"].format(touched="kk IS NOT NULL"))
    engine.sql("linkage_memory.number_family", texts["number_family"].format(touched="nik IS NOT NULL"))
    described = {"by_source": by_source, "mentions": "linkage_memory.mention"}
    persons = texts["person"].format(**described)
    others = texts["other"].format(**described, families="linkage_memory.number_family")
    engine.sql("valued", _VALUED.format(persons=f"({persons})"))
    counted = f"SELECT kind, value, count(*) AS counted FROM ({_values('valued')}) GROUP BY kind, value"
    engine.sql("linkage_memory.value_count", texts["value_count"].format(counted=counted))
    engine.release("valued")
    names = "(SELECT value AS name_sorted FROM linkage_memory.value_count WHERE kind = 'name')"
    engine.sql("name_token", _numbered("name_token", size, names=names))
    engine.sql(
        "linkage_memory.entity", _with_guise(_numbered("frequent", size, entities=f"({persons})"), frequent=True)
    )
    engine.release("name_token")
    engine.sql("linkage_memory.entity", _with_guise(others, frequent=False), append=True)
    engine.sql("fresh_entity", "SELECT entity_id FROM linkage_memory.entity")


def _describe_changed(engine: Engine, by_source: str, size: float) -> None:
    texts = statements("entities.sql")
    engine.sql("superseded_before", "FROM linkage_memory.superseded")
    engine.sql("linkage_memory.superseded", "FROM superseded")
    engine.sql("stirred", texts["stirred"])
    for side, key in (("card", "kk"), ("number_family", "nik")):
        _change(engine, side, key, texts[side].format(touched=f"{key} IN (SELECT {key} FROM stirred)"))
    for side in ("row_mate", "exclusive_in"):
        engine.sql(f"changed_{side}", _differing("description_id", side, f"linkage_memory.{side}"))
        engine.sql(f"linkage_memory.{side}", f"FROM {side}")
    engine.sql(
        "gone_description",
        """SELECT entity_id FROM linkage_memory.entity
        SEMI JOIN (SELECT content_id FROM gone_content UNION ALL FROM superseded) AS gone ON content_id = entity_id""",
    )
    engine.sql("chosen", texts["chosen"])
    _recount(engine, texts["person"].format(by_source=by_source, mentions=f"({_CHOSEN})"))
    engine.sql("chosen", texts["revalued"], append=True)
    engine.sql("told", _CHOSEN)
    engine.sql("person", texts["person"].format(by_source=by_source, mentions="told"))
    _reckon_frequencies(engine, "frequent", "person", size)
    engine.sql("built", _with_guise("FROM frequent", frequent=True))
    engine.sql("named_family", texts["named_family"])
    others = texts["other"].format(by_source=by_source, mentions="told", families="named_family")
    engine.sql("built", _with_guise(others, frequent=False), append=True)
    engine.sql("fresh_entity", "SELECT entity_id FROM built ANTI JOIN linkage_memory.entity USING (entity_id, guise)")
    engine.sql(
        "gone_entity",
        """SELECT entity_id FROM linkage_memory.entity SEMI JOIN fresh_entity USING (entity_id)
        UNION FROM gone_description""",
    )
    engine.sql("built", "SELECT * FROM built SEMI JOIN fresh_entity USING (entity_id)")
    engine.sql("linkage_memory.entity", "FROM built", replacing="entity_id IN (SELECT entity_id FROM gone_entity)")


def _change(engine: Engine, side: str, key: str, now: str) -> None:
    """Bring a table of the memory up to date for the keys of `stirred`; fill `changed_<side>`: those that differ."""
    memory = f"linkage_memory.{side}"
    engine.sql("now", now)
    engine.sql("before", f"SELECT * FROM {memory} WHERE {key} IN (SELECT {key} FROM stirred)")
    engine.sql(f"changed_{side}", _differing(key, "now", "before"))
    engine.sql(
        memory, f"SELECT * FROM now SEMI JOIN changed_{side} USING ({key})",
        replacing=f"{key} IN (SELECT {key} FROM changed_{side})",
    )  # fmt: skip


def _differing(key: str, one: str, other: str) -> str:
    return f"""SELECT DISTINCT {key}
    FROM ((FROM {one} EXCEPT FROM {other}) UNION ALL (FROM {other} EXCEPT FROM {one}))"""


_CHOSEN = "SELECT * FROM linkage_memory.mention SEMI JOIN chosen USING (description_id)"
_VALUED = "SELECT name_sorted, birth_date, village, parent_1, parent_2 FROM {persons}"


def _recount(engine: Engine, persons: str) -> None:
    """Bring the counts up to the chosen persons of the spine; fill `changed_<kind>(value)`: those in another step."""
    texts = statements("entities.sql")
    engine.sql("valued", _VALUED.format(persons=f"({persons})"))
    moved = "(SELECT description_id AS entity_id FROM chosen UNION ALL FROM gone_description) AS moved"
    engine.sql(
        "valued_before",
        _VALUED.format(persons=f"linkage_memory.entity SEMI JOIN {moved} USING (entity_id)") + " WHERE in_spine",
    )
    engine.sql("recounted", texts["recounted"].format(now=_values("valued"), before=_values("valued_before")))
    counted = "SELECT kind, value, counted FROM recounted WHERE counted > 0"
    engine.sql("recounted_value", texts["value_count"].format(counted=counted))
    engine.sql(
        "linkage_memory.value_count", "FROM recounted_value",
        replacing="(kind, value) IN (SELECT (kind, value) FROM recounted)",
    )  # fmt: skip
    engine.sql(
        "changed_value",
        """SELECT kind, value FROM recounted LEFT JOIN recounted_value USING (kind, value)
        WHERE persons IS DISTINCT FROM persons_before""",
    )
    for kind in _COUNTED:
        engine.sql(f"changed_{kind}", f"SELECT value FROM changed_value WHERE kind = '{kind}'")


def _values(persons: str) -> str:
    return statements("entities.sql")["value"].format(persons=persons)


def _with_guise(entities: str, *, frequent: bool) -> str:
    """Give the query with `guise`: a hash of all that is added to the description."""
    added = _ADDED + (_FREQUENCIES if frequent else ())
    return f"SELECT *, hash({', '.join(added)}) AS guise FROM ({entities})"


def _sources(model: Model, each: str) -> str:
    names = ", ".join(literal(source.source) for source in model.exclusive if source.each == each)
    return f"[{names}]::VARCHAR[]"
