"""What each agency's extract looks like, declared once as data: one YAML file per dataset.

Reading, DDL, typing, checks and the data dictionary are derived from these declarations.
"""

from integration.contracts.contract import Column, Contract, DeliveryRule, RowRule, contract, contracts

__all__ = ["Column", "Contract", "DeliveryRule", "RowRule", "contract", "contracts"]
