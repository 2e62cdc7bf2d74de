"""PostgreSQL: each publication loaded for agencies' own tools, with the rights that the access policy says."""

from warehouse.postgres.connection import DSN_VARIABLE, configured_dsn, dsn_without_password
from warehouse.postgres.errors import GrantsRefused, PostgresBusy, PostgresError, PostgresUnreachable
from warehouse.postgres.loading import Loaded, load_postgres
from warehouse.postgres.role_script import role_script

__all__ = [
    "DSN_VARIABLE",
    "GrantsRefused",
    "Loaded",
    "PostgresBusy",
    "PostgresError",
    "PostgresUnreachable",
    "configured_dsn",
    "dsn_without_password",
    "load_postgres",
    "role_script",
]
