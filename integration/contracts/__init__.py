"""What each agency's extract looks like, declared once as data: one YAML file per dataset.

Reading, DDL, typing, checks and the data dictionary are derived from these declarations.
"""

from integration.contracts.contract import (
    AGENCIES,
    Column,
    Contract,
    DeliveryRule,
    Promise,
    RowRule,
    contract,
    contracts,
    promise,
)

__all__ = ["AGENCIES", "Column", "Contract", "DeliveryRule", "Promise", "RowRule", "contract", "contracts", "promise"]
