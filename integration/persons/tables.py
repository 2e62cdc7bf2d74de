"""Making the tables of the stage."""

import re

from warehouse.tables import Table

_ID_COLUMN = re.compile(r'("\w*(?:person|family)_id" VARCHAR)')


def ddl(declared: Table) -> str:
    """Give CREATE OR REPLACE TABLE, with ids stored as they are.

    An id is noise. DuckDB looks for the best way to compress it, saves a quarter of its bytes and takes as long for
    that as for all other columns together.
    """
    return _ID_COLUMN.sub(r"\1 USING COMPRESSION uncompressed", declared.ddl())
