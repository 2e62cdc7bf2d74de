"""People outside the spine: records of several sources and months that speak of the same person.

Also the whole of a de-duplication, where there is no spine.
"""

from collections.abc import Iterable

import pyarrow as pa

from integration.linkage.engine import Engine, table_of
from integration.linkage.model import Model, weight_of

_LARGEST_CHECKED = 200
"""In a component of more descriptions than this only the compared pairs are checked for contradictions, not all."""


def propose(engine: Engine, model: Model, weighed: str) -> None:
    """Fill `cluster_pair(a, b)`: all pairs inside the components that the sure pairs of `weighed` make.

    The caller weighs them, so that contradictions between two members that were never compared are found too.
    """
    engine.sql(
        "sure", f"SELECT a, b, weight FROM {weighed} WHERE forbidden IS NULL AND weight >= {weight_of(model.auto)}"
    )
    engine.components("component", "sure")
    engine.sql(
        "cluster_pair",
        f"""WITH small AS (
          SELECT cluster FROM component GROUP BY cluster HAVING count(*) BETWEEN 3 AND {_LARGEST_CHECKED})
        SELECT x.node AS a, y.node AS b, 0::UTINYINT AS companions
        FROM component AS x JOIN component AS y USING (cluster)
        WHERE x.node > y.node AND cluster IN (SELECT cluster FROM small)""",
    )


def cluster(engine: Engine, contradiction: str, may_repeat: str, exclusive: str) -> None:
    """Fill `joined(entity_id, cluster)` from `sure` and `component`, given the tables `contradiction(a, b)`,
    `may_repeat(a, b)` and `exclusive(entity_id, snapshot, repeats)`.

    A component without contradiction is one person. In the others the sure pairs are taken from the strongest down,
    and a pair is left out when it would bring two contradicting descriptions, or two of one exclusive snapshot,
    together.
    """  # noqa: D205
    engine.sql(
        "conflict",
        f"""WITH member AS (SELECT node, cluster, snapshot, repeats FROM component JOIN {exclusive} ON entity_id = node)
        SELECT a, b FROM {contradiction}
        UNION
        SELECT x.node, y.node
        FROM member AS x
        JOIN member AS y ON x.cluster = y.cluster AND x.snapshot = y.snapshot AND x.node > y.node
        LEFT JOIN {may_repeat} AS may_repeat ON may_repeat.a = x.node AND may_repeat.b = y.node
        WHERE NOT x.repeats OR may_repeat.a IS NULL""",
    )
    engine.sql(
        "troubled",
        """SELECT DISTINCT x.cluster FROM conflict
        JOIN component AS x ON x.node = a JOIN component AS y ON y.node = b AND y.cluster = x.cluster""",
    )
    engine.sql(
        "joined",
        "SELECT node AS entity_id, cluster FROM component WHERE cluster NOT IN (SELECT cluster FROM troubled)",
    )
    join_cautiously(
        engine,
        "cautious",
        """SELECT a, b FROM sure JOIN component ON node = a WHERE cluster IN (SELECT cluster FROM troubled)
        ORDER BY weight DESC, a, b""",
        """SELECT a, b FROM conflict WHERE a IN (
          SELECT node FROM component WHERE cluster IN (SELECT cluster FROM troubled))""",
    )
    engine.sql("joined", "SELECT node AS entity_id, cluster FROM cautious", append=True)


def join_cautiously(engine: Engine, name: str, edges: str, conflicts: str) -> None:
    """Make `name(node, cluster)` of small queries of pairs (a, b): join along the edges, first to last, and never bring
    a conflicting pair together; the smallest node names a cluster."""  # noqa: D205, D209
    group = _joined(_pairs(engine, edges), _pairs(engine, conflicts))
    nodes, clusters = pa.array(group.keys(), pa.int64()), pa.array(group.values(), pa.int64())
    engine.register(name, pa.table({"node": nodes, "cluster": clusters}))


def _pairs(engine: Engine, query: str) -> Iterable[tuple[int, int]]:
    found = table_of(engine, query)
    return zip(found["a"].to_pylist(), found["b"].to_pylist(), strict=True)


def _joined(edges: Iterable[tuple[int, int]], conflicts: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Give the group of every node."""
    group: dict[int, int] = {}
    members: dict[int, set[int]] = {}
    against: dict[int, set[int]] = {}
    for a, b in conflicts:
        against.setdefault(a, set()).add(b)
        against.setdefault(b, set()).add(a)
    for a, b in edges:
        ga, gb = group.setdefault(a, a), group.setdefault(b, b)
        small, large = sorted((members.setdefault(ga, {ga}), members.setdefault(gb, {gb})), key=len)
        if ga == gb or any(against.get(member, set()) & large for member in small):
            continue
        name, other = min(ga, gb), max(ga, gb)
        for member in members[other]:
            group[member] = name
        members[name] |= members.pop(other)
    return group
