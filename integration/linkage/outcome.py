"""What the matching leaves behind: who is whom, the candidate pairs with their evidence, and what to ask people."""

import re

from integration.linkage.clusters import join_cautiously
from integration.linkage.comparisons import level_names, level_of
from integration.linkage.duckdb_engine import DuckDBEngine
from integration.linkage.model import Model, weight_of
from integration.linkage.spine import MANUAL, first_pairs
from integration.linkage.statements import statements
from warehouse.database import Connection, rows
from warehouse.tables import table


def write_outcome(engine: DuckDBEngine, model: Model, first: bool) -> None:
    """Write the declared tables of the stage `matched_pairs` out of the passes of a night.

    The long ones change in place, for those only of whom something else may be told; on the `first` night, for all.
    """
    texts = statements("outcome.sql")
    bands = {"auto": weight_of(model.auto), "review": weight_of(model.review), "keep": weight_of(model.keep)}
    if not first:
        engine.sql("judged", texts["judged"])
        engine.sql("retold", texts["retold"])
    entities = "linkage_memory.entity" if first else "(FROM linkage_memory.entity SEMI JOIN retold USING (entity_id))"
    engine.sql("outside_chosen", texts["outside_chosen"].format(**bands))
    engine.sql("best", texts["best"])
    engine.sql("placed_by_program", texts["placed_by_program"].format(entities=entities))
    for name in ("parted", "placed", "same_person"):
        engine.sql(name, texts[name])
    _merge(engine, texts["never_one"])
    engine.sql("renamed", texts["renamed"])
    _write(engine.connection, "person_link", texts["person_link"].format(method=_method(model, "p.")), first)
    _write(engine.connection, "record_description", "FROM record_description")
    retold = "true" if first else _RETOLD.format("a")
    found = f"{first_pairs(retold)} ANTI JOIN linkage_memory.left_over ON entity_id = a UNION ALL FROM late_pair"
    engine.sql(
        "linkage_memory.known_pair", texts["known_pair"].format(**bands, manual=MANUAL, retold=retold, found=found),
        replacing=f"{_RETOLD.format('a')} OR a IN (SELECT entity_id FROM gone_entity)",
    )  # fmt: skip
    said = {"method": _method(model, "p."), "evidence": evidence(model, "p.levels"), "beside_name": _beside_name(model)}
    _show(engine.connection, "candidate_pair", texts["candidate_pair"].format(**bands, **said))
    _show(engine.connection, "description",
          "SELECT *, entity_id AS description_id, in_spine AS of_register FROM linkage_memory.entity")  # fmt: skip
    engine.sql(
        "exclusive_of_unplaced",
        """SELECT entity_id, unnest(exclusive_in) AS snapshot FROM linkage_memory.entity
        WHERE exclusive_in IS NOT NULL AND entity_id IN (SELECT entity_id FROM unplaced)""",
    )
    engine.sql("taken_snapshot", texts["taken_snapshot"])
    engine.sql("doubtful", texts["doubtful"].format(**bands))
    _write(engine.connection, "review_queue", texts["review_queue"])


_RETOLD = "{} IN (SELECT entity_id FROM retold)"


def _merge(engine: DuckDBEngine, never_one: str) -> None:
    """Fill `merged(node, cluster)`: persons that people joined, where no other word of theirs speaks against it."""
    engine.components("same_group", "same_person")
    engine.sql("never_one", never_one)
    join_cautiously(
        engine,
        "merged",
        "SELECT a, b FROM same_person ORDER BY of_spine DESC, a, b",
        "SELECT a, b FROM never_one",
    )


def evidence(model: Model, levels: str) -> str:
    """Give SQL for the map from comparison to level that a `levels` number stands for."""
    names = ", ".join(f"'{comparison.name}'" for comparison in model.comparisons)
    values = ", ".join(
        f"{list(found)}[{level_of(model, comparison, levels)} + 1]" for comparison, found in level_names(model).items()
    )
    return f"MAP([{names}], [{values}])"


def _beside_name(model: Model) -> str:
    """Give SQL for whether anything beside name, sex and place in the family speaks for a pair, as the model has it."""
    return re.sub(r"\b(\w+)_level\b", lambda found: level_of(model, found[1], "p.levels"), model.beside_name)


def _method(model: Model, prefix: str) -> str:
    """Give SQL for which kind of evidence carried a pair (contracts.md §5); models without these levels have one."""
    names = level_names(model)
    whens = [f"WHEN {prefix}weight = {MANUAL} THEN 'manual'"]
    for comparison, level, method in (
        ("nik", "same", "nik_exact"), ("nik", "one_digit", "nik_repair"), ("nik", "one_digit_serial", "nik_repair"),
        ("family", "same_kk", "kk_name"),
    ):  # fmt: skip
        if level in names.get(comparison, []):
            number = names[comparison].index(level)
            whens.append(f"WHEN {level_of(model, comparison, prefix + 'levels')} = {number} THEN '{method}'")
    return f"CASE {' '.join(whens)} ELSE 'prob' END"


def _write(con: Connection, name: str, query: str, anew: bool = True) -> None:
    """Write a table: `anew`, or in place for those of `retold` and without those of `gone_entity`."""
    declared = table(f"matched_pairs.{name}")
    if anew:
        _make_way(con, name)
        con.execute(declared.ddl())
    else:
        con.execute(
            f"""DELETE FROM {declared.full_name}
            WHERE description_id IN (SELECT entity_id FROM retold UNION ALL FROM gone_entity)"""
        )
    con.execute(f"INSERT INTO {declared.full_name} {declared.select(f'({query})')}")


def _show(con: Connection, name: str, query: str) -> None:
    declared = table(f"matched_pairs.{name}")
    _make_way(con, name)
    con.execute(f"CREATE VIEW {declared.full_name} AS {declared.select(f'({query})')}")


def _make_way(con: Connection, name: str) -> None:
    """Drop what stands under the name, be it a table or a view: older homes hold tables."""
    for (kind,) in rows(
        con,
        "SELECT table_type FROM information_schema.tables WHERE table_schema = 'matched_pairs' AND table_name = ?",
        [name],
    ):
        con.execute(f"DROP {'VIEW' if kind == 'VIEW' else 'TABLE'} matched_pairs.{name}")
