"""What of a contract must be typed before its rows can be judged: the rest is typed once, where it is used."""

import re
from dataclasses import replace

from integration.contracts import Column, Contract

_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_DERIVED = ("", "_status", "_prefix", "_ambiguous", "_other", "_outside")
"""What typing makes of a column, behind the column's own name."""
_PLACES = ("kecamatan", "kecamatan_code", "village", "village_code", "region_part")
"""The types of column from which a row's `kec_code` and `village_code` come."""


def judged_contract(contract: Contract) -> Contract:
    """Give the contract with only those columns and row rules that can refuse a row or that a delivery rule measures.

    Rows typed by it have the same `refusal`, and every delivery rule measures the same, as by the whole contract. Of
    the whole contract of residents six columns in ten are left out, and with them most of the work.
    """
    refusing = tuple(rule for rule in contract.row_rules if rule.severity == "Q")
    said = " ".join(
        [*(rule.broken_when for rule in refusing), *(f"{rule.measure} {rule.over}" for rule in contract.delivery_rules)]
    )
    asked = set(_NAME.findall(said))
    headers = {rule.column for rule in refusing}
    places = bool(asked & {"kec_code", "village_code"})

    def is_judged(column: Column) -> bool:
        return (
            column.on_null == "refuse"
            or column.outside == "refuse"
            or column.header in headers
            or (places and column.type in _PLACES)
            or any(f"{column.name}{ending}" in asked for ending in _DERIVED)
        )

    return replace(contract, columns=tuple(filter(is_judged, contract.columns)), row_rules=refusing)
