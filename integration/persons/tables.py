"""Making the tables of the stage."""

import re

from warehouse.tables import Table

_NEARLY_UNIQUE = re.compile(r'("\w*(?:person_id|family_id|nik|no_kk|name|address)" VARCHAR)')


def ddl(declared: Table) -> str:
    """Give CREATE OR REPLACE TABLE, with ids, numbers and names stored as they are.

    Of texts that hardly repeat DuckDB saves a quarter to two thirds of the bytes, and looking for the best way to
    compress them takes as long as all else that it does to write the persons.
    """
    return _NEARLY_UNIQUE.sub(r"\1 USING COMPRESSION uncompressed", declared.ddl())
