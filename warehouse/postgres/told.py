"""The two tables that say what the others are: the meaning of each column, and what this is, for whom, until when."""

import datetime as dt
from collections.abc import Iterable, Iterator

from warehouse.database import literal, values_query
from warehouse.entitlements import Policy, Recipient
from warehouse.entitlements.dictionary import DICTIONARY_COLUMNS, dictionary_lines
from warehouse.postgres.base_tables import has_lookup
from warehouse.postgres.lookup import LOOKUP_COLUMN
from warehouse.postgres.names import LOOKUP_FUNCTION
from warehouse.publication import Publication

_FOR = "recipient"
"""The column of both tables by which each recipient is shown its own rows."""
TOLD = {
    "data_dictionary": tuple(column.name for column in DICTIONARY_COLUMNS),
    "about": (
        "agency", "role", "purpose_code", "purpose", "legal_basis", "publication", "period", "published_at", "policy",
        "keep_until", "valid_until",
    ),
}  # fmt: skip
"""The two tables and what is shown of them."""
_LOOKUP = ("VARCHAR", "Kunci pencarian NIK", f"Keyed hash of the NIK: WHERE {LOOKUP_COLUMN} = {LOOKUP_FUNCTION}(NIK)")


def told_queries(recipients: Iterable[Recipient], publication: Publication, policy: Policy) -> dict[str, str]:
    """Give the queries of both tables: what each column of each view means and how it is shown, and what this is."""
    recipients = list(recipients)
    lines = {
        "data_dictionary": [line for one in recipients for line in _columns(one)],
        "about": [_about(one, publication, policy) for one in recipients],
    }
    return {name: values_query((_FOR, *columns), lines[name]) for name, columns in TOLD.items()}


def own_rows(recipient: Recipient) -> str:
    """Give the condition on both tables that a row is a recipient's."""
    return f"{_FOR} = {literal(recipient.name)}"


def _about(one: Recipient, publication: Publication, policy: Policy) -> tuple[str, ...]:
    published = dt.datetime.fromisoformat(publication.facts["published_at"])
    return (
        one.name,
        one.agency,
        one.role,
        one.purpose.code,
        one.purpose.says,
        one.legal_basis,
        publication.version,
        publication.facts["period"],
        publication.facts["published_at"],
        policy.label,
        (published.date() + dt.timedelta(days=one.keep_days)).isoformat(),
        one.valid_until.isoformat(),
    )


def _columns(recipient: Recipient) -> Iterator[tuple[str, ...]]:
    for view in recipient.views:
        for line in dictionary_lines(view):
            yield recipient.name, *line
        if has_lookup(view):
            kind, label, meaning = _LOOKUP
            yield recipient.name, view.shown_as, LOOKUP_COLUMN, kind, label, meaning, "keyed hash"
