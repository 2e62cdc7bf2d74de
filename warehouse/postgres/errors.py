"""What PostgreSQL can do to a load, each as a sentence for the operator; no message holds a password or a row."""

from warehouse.errors import PadanError


class PostgresError(PadanError):
    """The server cannot be used as it is; what it held before stands."""


class PostgresUnreachable(PostgresError):
    """Nobody answers, or the log-in is refused: the next load catches up."""


class PostgresBusy(PostgresError):
    """Another load holds the lock."""


class GrantsRefused(PostgresError):
    """Rights were found that the policy does not explain; nothing was put in force."""
