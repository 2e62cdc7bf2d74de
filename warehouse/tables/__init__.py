"""Every table once: schema, columns, type, meaning, label, personal-data class and what must hold of it.

The declarations are the YAML files of this folder, one for each stage. DDL, Dagster's column schema, the quality
checks and the data dictionary are derived from them.
"""

from warehouse.tables.declaration import Column, Table, stage_tables, table

__all__ = ["Column", "Table", "stage_tables", "table"]
