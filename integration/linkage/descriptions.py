"""From person records to the two sides of every comparison: persons of the spine, and descriptions to be placed.

A description is all records of one dataset and role with the same identifying content; it is numbered by a hash of that
content, so that nothing that follows depends on the order of rows and files, and yesterday's number is today's. An
entity is a description with what the spine adds to it (how common its values are, relatives of its card): its number
changes when any of that changes, so what was found out about a pair of entities holds for ever.
"""

from integration.linkage.engine import Engine, table_of
from integration.linkage.model import Model
from integration.linkage.statements import statements
from warehouse.database import literal

_SMOOTHING = 2000.0
"""How many imagined people stand beside the spine when the frequency of a value is reckoned; a spine of ten persons
would otherwise call every name one in ten, and a name seen once in a million impossible."""

_SIDES = ("card", "number_family", "value_count")


def read_contents(engine: Engine, first: bool) -> None:
    """Fill `record_description`, `description` and `row_mate`, and add contents never seen to the memory."""
    texts = statements("descriptions.sql")
    engine.sql("record_content", texts["record_content"])
    engine.sql("content", texts["content"])
    engine.sql("fresh_content", "FROM content" if first else texts["fresh_content"])
    engine.sql("linkage_memory.mention", texts["mention"], append=not first)
    for name in ("spine_content", "disputed_number", "same_number", "record_description", "description", "row_mate"):
        engine.sql(name, texts[name])


def describe(engine: Engine, model: Model, size: float, first: bool) -> None:
    """Bring `linkage_memory.entity` and `linkage_memory.current` up to what the records say today.

    Fills `fresh_entity(entity_id)` and `gone_entity(entity_id)`: what is in force now and was not, and the reverse.
    """
    texts = statements("entities.sql")
    by_source, by_snapshot = (_sources(model, each) for each in ("source", "snapshot"))
    engine.sql("exclusive_in", statements("descriptions.sql")["exclusive_in"].format(by_snapshot=by_snapshot))
    engine.sql("spine", texts["spine"])
    for side in _SIDES:
        if not first:
            engine.sql(f"{side}_before", f"FROM linkage_memory.{side}")
        engine.sql(f"linkage_memory.{side}", texts[side])
    if first:
        engine.sql("chosen", "SELECT description_id FROM description")
    else:
        _choose_changed(engine)
    # Said to be DOUBLE: DuckDB 1.5 takes a number with a point for a DECIMAL.
    numbers = {"spine_size": f"{size}::DOUBLE", "smoothing": f"{_SMOOTHING}::DOUBLE"}
    engine.sql("name_tokens", texts["name_tokens"].format(**numbers))
    engine.sql("relatives", texts["relatives"])
    built = _identified(texts["entity"].format(**numbers, by_source=by_source))
    if first:
        engine.sql("linkage_memory.entity", built)
        engine.sql("linkage_memory.current", "SELECT entity_id, description_id, in_spine FROM linkage_memory.entity")
        engine.sql("fresh_entity", "SELECT entity_id FROM linkage_memory.current")
        engine.sql("new_entity", "FROM fresh_entity")
        engine.sql("gone_entity", "FROM fresh_entity LIMIT 0")
        return
    engine.sql("built", built)
    engine.sql(
        "new_entity", "SELECT entity_id FROM built WHERE entity_id NOT IN (SELECT entity_id FROM linkage_memory.entity)"
    )
    engine.sql("linkage_memory.entity", "SELECT built.* FROM built JOIN new_entity USING (entity_id)", append=True)
    engine.sql("before", "FROM linkage_memory.current")
    engine.sql(
        "linkage_memory.current",
        """SELECT before.* FROM before JOIN description USING (description_id)
        WHERE description_id NOT IN (SELECT description_id FROM chosen)
        UNION ALL
        SELECT entity_id, description_id, in_spine FROM built""",
    )
    engine.sql(
        "fresh_entity",
        "SELECT entity_id FROM linkage_memory.current WHERE entity_id NOT IN (SELECT entity_id FROM before)",
    )
    engine.sql(
        "gone_entity",
        "SELECT entity_id FROM before WHERE entity_id NOT IN (SELECT entity_id FROM linkage_memory.current)",
    )


def _choose_changed(engine: Engine) -> None:
    """Fill `chosen`: descriptions that are new, and those to which the spine now adds something else."""
    for side, key in (("card", "kk"), ("number_family", "nik"), ("value_count", "kind, value")):
        now, before = f"linkage_memory.{side}", f"{side}_before"
        engine.sql(
            f"changed_{side}",
            f"""SELECT DISTINCT {key}
            FROM ((FROM {now} EXCEPT FROM {before}) UNION ALL (FROM {before} EXCEPT FROM {now}))""",
        )
    for kind in ("name", "birth_date", "village", "parent", "token"):
        engine.sql(f"changed_{kind}", f"SELECT value FROM changed_value_count WHERE kind = '{kind}'")
    engine.sql(
        "retold_name",
        """SELECT DISTINCT name_sorted
        FROM (SELECT name_sorted, unnest(string_split(name_sorted, ' ')) AS token
              FROM (SELECT DISTINCT name_sorted FROM linkage_memory.mention))
        WHERE token IN (SELECT value FROM changed_token)""",
    )
    engine.sql(
        "chosen",
        """SELECT description_id FROM description
        WHERE description_id NOT IN (SELECT description_id FROM linkage_memory.current)
        UNION
        SELECT description_id
        FROM linkage_memory.current
        JOIN description USING (description_id)
        JOIN linkage_memory.entity AS e USING (entity_id)
        LEFT JOIN exclusive_in AS x USING (description_id)
        LEFT JOIN row_mate AS h USING (description_id)
        WHERE e.kk IN (SELECT kk FROM changed_card)
           OR NOT e.in_spine AND (e.nik IN (SELECT nik FROM changed_number_family)
             OR e.mother_nik IN (SELECT nik FROM changed_number_family)
             OR e.father_nik IN (SELECT nik FROM changed_number_family)
             OR e.spouse_nik IN (SELECT nik FROM changed_number_family))
           OR e.name_sorted IN (SELECT value FROM changed_name)
           OR e.spouse IN (SELECT value FROM changed_name)
           OR e.parent_1 IN (SELECT value FROM changed_parent)
           OR e.parent_2 IN (SELECT value FROM changed_parent)
           OR e.birth_date::VARCHAR IN (SELECT value FROM changed_birth_date)
           OR e.village IN (SELECT value FROM changed_village)
           OR e.name_sorted IN (SELECT name_sorted FROM retold_name)
           OR x.exclusive_in IS NOT NULL AND x.exclusive_in <> e.exclusive_in
           OR e.kk IS NULL AND ('row ' || h.household) IS DISTINCT FROM e.household""",
    )


def _identified(entity: str) -> str:
    """Give the query with a number for each entity: a hash of its description and of what the spine adds."""
    added = (
        "family", "household", "relative_families", "parent_1", "parent_2", "spouse", "exclusive_in", "token_shares",
        "name_frequency", "birth_date_frequency", "family_share", "parent_1_frequency", "parent_2_frequency",
        "spouse_frequency", "village_share",
    )  # fmt: skip
    return f"SELECT (hash(description_id, {', '.join(added)}) >> 1)::BIGINT AS entity_id, * FROM ({entity})"


def _sources(model: Model, each: str) -> str:
    names = ", ".join(literal(source.source) for source in model.exclusive if source.each == each)
    return f"[{names}]::VARCHAR[]"


def count_spine(engine: Engine) -> tuple[float, int]:
    """Give the size of the spine in steps of an eighth of a doubling (few more change no frequency), and as it is."""
    counted = table_of(
        engine,
        """SELECT pow(2, round(log2(greatest(count(*), 1)) * 8) / 8) AS size, count(*) AS persons
        FROM description JOIN linkage_memory.mention USING (description_id) WHERE in_spine""",
    )
    return float(counted["size"][0].as_py()), int(counted["persons"][0].as_py())
