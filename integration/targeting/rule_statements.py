"""What the rules say, beside the rows that they decided: `targeting.rule_statement`."""

from typing import Any

import pyarrow as pa

from integration.rules import INCOMPLETE, RiskFactor, Rules, Statement
from warehouse.database import Connection
from warehouse.tables import table
from warehouse.tables.filling import fill

_TABLE = table("targeting.rule_statement")
_TYPES = {"subjects": pa.list_(pa.string()), "points": pa.int32(), "value": pa.float64()}


def fill_rule_statements(con: Connection, rules: Rules) -> None:
    """Make `targeting.rule_statement` anew: each code that rows may hold and each threshold, as `rules` have it."""
    schema = pa.schema([(name, _TYPES.get(name, pa.string())) for name in _TABLE.column_names])
    said = [{**one, "rule_version": rules.rule_version} for one in _statements(rules)]
    con.register("statements_given", pa.Table.from_pylist(said, schema))
    fill(con, _TABLE, "statements_given")
    con.unregister("statements_given")


def _statements(rules: Rules) -> list[dict[str, Any]]:
    """Give the statements of each kind in the order of the file; what one does not say is null."""

    def said(kind: str, one: Statement | RiskFactor, **more: str | int) -> dict[str, Any]:
        of = {"subjects": one.subjects} if isinstance(one, Statement) else {}
        source = rules.sources[one.source]
        return {"kind": kind, "code": one.code, "sentence": one.sentence, "source": source, **of, **more}

    return [
        *(said("tier_clause", one, tier=one.tier) for one in rules.tiers),
        {"kind": "tier_clause", "code": INCOMPLETE, "sentence": rules.reasons[INCOMPLETE]},
        *(said("gap", one, agency=one.agency) for one in rules.gaps),
        *(said("risk_factor", one) for one in rules.risk_factors),
        *(said("mortality_level", one, level=one.level) for one in rules.mortality_risk),
        *(said("score_line", one, points=one.points) for one in rules.score.lines),
        *({"kind": "threshold", "code": name, "value": value} for name, value in rules.thresholds.items()),
    ]
