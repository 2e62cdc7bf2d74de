"""Every id that a home ever gave, as far as its working database and its publications still know of it."""

from collections.abc import Sequence

from integration.rotation.mappings import ALIASES
from warehouse.database import Connection, literal, table_exists

_MEMORY = {
    "P": (
        ("persons", "person", "person_id"),
        ("persons", "person_whole", "person_id"),
        ("persons", "person_anchor", "person_id"),
        ("persons", "person_history", "person_id"),
        ("persons", "person_history", "other_person_id"),
        ("persons", "person_alias", "old_person_id"),
        ("persons", "person_alias", "person_id"),
    ),
    "F": (
        ("persons", "family", "family_id"),
        ("persons", "family_whole", "family_id"),
        ("persons", "family_anchor", "family_id"),
        ("persons", "family_history", "family_id"),
        ("persons", "family_history", "other_family_id"),
        ("persons", "family_alias", "old_family_id"),
        ("persons", "family_alias", "family_id"),
    ),
    "T": (("targeting", "published_target", "target_id"),),
    "M": (),
}
"""Where the working database holds ids, by the letter that they begin with."""
_PUBLISHED = {
    "P": (
        ("targeting", "person_id"),
        ("child_growth", "person_id"),
        ("mortality_event", "person_id"),
        ("mortality_event", "mother_person_id"),
    ),
    "F": (("targeting", "family_id"),),
    "T": (("targeting", "target_id"), ("target_exit", "target_id")),
    "M": (("mortality_event", "event_id"),),
}
"""Where publications hold ids."""


def write_known_ids(con: Connection, kept: Sequence[str], letters: str) -> None:
    """Write the temporary table `known_id(id)`: all ids of these kinds that somebody may hold, each once.

    `kept` names the publications that are attached. Needs `ALIASES`: an id that comes with the next night is known too.
    """
    sources = [
        f"SELECT {column} AS id FROM {schema}.{name}"
        for letter in letters
        for schema, name, column in _MEMORY[letter]
        if table_exists(con, schema, name)
    ]
    sources += [
        f"SELECT {column} AS id FROM {publication}_{name}"
        for letter in letters
        for name, column in _PUBLISHED[letter]
        for publication in kept
    ]
    sources.append(f"SELECT new_id AS id FROM {ALIASES} WHERE new_id[1] IN ({', '.join(map(literal, letters))})")
    con.execute(
        "CREATE OR REPLACE TEMP TABLE known_id AS "
        f"SELECT DISTINCT id FROM ({' UNION ALL '.join(sources)}) WHERE id IS NOT NULL"
    )


def write_keyed_texts(con: Connection, kept: Sequence[str]) -> None:
    """Write the temporary table `keyed_text(id, letter, before, entity)` of what is named after a person or family.

    Targets and deaths: the id of today, the text before the person's or family's id, and that id of today. Needs
    `ALIASES`.
    """
    sources = [
        _KEYED[name].format(source=f"{publication}_{name}")
        for name in ("targeting", "mortality_event")
        for publication in kept
    ]
    if table_exists(con, "targeting", "published_target"):
        sources.append(_KEYED["published_target"].format(source="targeting.published_target"))
    named = " UNION ALL ".join(sources) or _NOTHING
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE keyed_text AS
        SELECT id, any_value(letter) AS letter, any_value(before) AS before, min(entity) AS entity
        FROM (
          SELECT coalesce(i.new_id, t.id) AS id, letter, before, coalesce(e.new_id, t.entity) AS entity
          FROM ({named}) AS t
          LEFT JOIN {ALIASES} AS i ON i.old_id = t.id
          LEFT JOIN {ALIASES} AS e ON e.old_id = t.entity
          WHERE t.id IS NOT NULL AND t.entity IS NOT NULL
        )
        GROUP BY id"""
    )


_KEYED = {
    "published_target": """SELECT 'T' AS letter, target_id AS id, kab_code || subject_type AS before,
        entity_id AS entity FROM {source}""",
    "targeting": """SELECT 'T' AS letter, target_id AS id, kab_code || subject_type AS before,
        CASE subject_type WHEN 'keluarga' THEN family_id ELSE person_id END AS entity FROM {source}""",
    "mortality_event": """SELECT 'M' AS letter, event_id AS id, kab_code || 'kematian' AS before,
        person_id AS entity FROM {source}""",
}
"""What target and death ids are made of, as `integration/targeting/build.py` makes them."""
_NOTHING = (
    "SELECT NULL::VARCHAR AS letter, NULL::VARCHAR AS id, NULL::VARCHAR AS before, NULL::VARCHAR AS entity WHERE false"
)
