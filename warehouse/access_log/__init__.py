"""Who saw what: an append-only log in which every line seals the one before, so that no change goes unseen."""

from warehouse.access_log.declaration import actions, fields
from warehouse.access_log.log import Entry, entries, head, record, record_each
from warehouse.access_log.removal import removable_segments, remove_segment
from warehouse.access_log.verification import verify

__all__ = [
    "Entry",
    "actions",
    "entries",
    "fields",
    "head",
    "record",
    "record_each",
    "removable_segments",
    "remove_segment",
    "verify",
]
