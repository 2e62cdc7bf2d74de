"""People outside the civil register: records of several agencies and months that speak of the same person."""

import pyarrow as pa

from integration.linkage.components import write_components
from integration.linkage.model import PersonModel
from warehouse.database import Connection, rows

_LARGEST_CHECKED = 200
"""In a component of more descriptions than this only the compared pairs are checked for contradictions, not all."""


def propose(con: Connection, model: PersonModel) -> None:
    """Fill `cluster_pair(a, b)`: all pairs inside the components that the sure pairs of `weighed` make.

    The caller weighs them, so that contradictions between two members that were never compared are found too.
    """
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE sure AS
        SELECT a, b, weight FROM weighed WHERE forbidden IS NULL AND weight >= {model.weight_of(model.auto)}"""
    )
    write_components(con, "component", "SELECT a, b FROM sure")
    con.execute("ALTER TABLE component RENAME node TO entity_id")
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE cluster_pair AS
        WITH small AS (
          SELECT cluster FROM component GROUP BY cluster HAVING count(*) BETWEEN 3 AND {_LARGEST_CHECKED})
        SELECT x.entity_id AS a, y.entity_id AS b, 0 AS companions
        FROM component AS x JOIN component AS y USING (cluster)
        WHERE x.entity_id > y.entity_id AND cluster IN (FROM small)"""
    )


def cluster(con: Connection, model: PersonModel) -> None:
    """Fill `joined(entity_id, cluster)` from `sure` and `component`, given `contradiction(a, b)`.

    A component without contradiction is one person. In the others the sure pairs are taken from the strongest down,
    and a pair is left out when it would bring two contradicting descriptions, or two of one exclusive snapshot,
    together.
    """
    con.execute(
        """CREATE OR REPLACE TEMP TABLE conflict AS
        WITH member AS (SELECT * FROM component JOIN exclusive_snapshot USING (entity_id))
        SELECT a, b FROM contradiction
        UNION
        SELECT x.entity_id, y.entity_id
        FROM member AS x
        JOIN member AS y ON x.cluster = y.cluster AND x.snapshot = y.snapshot AND x.entity_id > y.entity_id
        LEFT JOIN may_repeat ON may_repeat.a = x.entity_id AND may_repeat.b = y.entity_id
        WHERE NOT x.repeats OR may_repeat.a IS NULL"""
    )
    con.execute(
        """CREATE OR REPLACE TEMP TABLE troubled AS
        SELECT DISTINCT cluster FROM conflict JOIN component ON entity_id = a"""
    )
    edges = rows(
        con,
        """SELECT a, b FROM sure JOIN component ON entity_id = a WHERE cluster IN (FROM troubled)
        ORDER BY weight DESC, a, b""",
    )
    conflicts = rows(con, "SELECT a, b FROM conflict")
    con.execute(
        """CREATE OR REPLACE TEMP TABLE joined AS
        SELECT entity_id, cluster FROM component WHERE cluster NOT IN (FROM troubled)"""
    )
    group = _join_cautiously(edges, conflicts)
    nodes = pa.array(group.keys(), pa.int64())
    con.register("cautious", pa.table({"entity_id": nodes, "cluster": pa.array(group.values(), pa.int64())}))
    con.execute("INSERT INTO joined FROM cautious")
    con.unregister("cautious")


def _join_cautiously(edges: list[tuple[object, ...]], conflicts: list[tuple[object, ...]]) -> dict[int, int]:
    """Join along the edges, strongest first, never bringing a conflicting pair together; smallest member names it."""
    group: dict[int, int] = {}
    members: dict[int, set[int]] = {}
    against: dict[int, set[int]] = {}
    for a, b in conflicts:
        against.setdefault(int(str(a)), set()).add(int(str(b)))
        against.setdefault(int(str(b)), set()).add(int(str(a)))
    for x, y in edges:
        a, b = int(str(x)), int(str(y))
        ga, gb = group.setdefault(a, a), group.setdefault(b, b)
        small, large = sorted((members.setdefault(ga, {ga}), members.setdefault(gb, {gb})), key=len)
        if ga == gb or any(against.get(member, set()) & large for member in small):
            continue
        name, other = min(ga, gb), max(ga, gb)
        for member in members[other]:
            group[member] = name
        members[name] |= members.pop(other)
    return group
