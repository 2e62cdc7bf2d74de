"""Bytes that come again: which delivery the books know them by, and whether what is in force instead lies there still.

A delivery that comes again is one more delivery, with an id of its own: the books say of each coming when it was and
what became of it. Only what lies there counts: not that it was sent, but that the one which took its place is gone.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from integration.intake.discovery import FoundDelivery
from warehouse.database import Connection, rows


@dataclass(frozen=True)
class Booked:
    """What the books say of delivered bytes: the id of their newest delivery, or of the one that they would now be.

    `status` is that delivery's, None where it is still to come. `left` is what became of the delivery of the same bytes
    before it, None where there was none.
    """

    delivery_id: str
    status: Literal["in_force", "refused"] | None
    left: Literal["superseded", "withdrawn"] | None


def booked(connection: Connection, fingerprint: str) -> Booked:
    """Look up delivered bytes by their digest, which is the id of their first delivery."""
    delivery_id, left, times = fingerprint, None, 0
    while (status := _status(connection, delivery_id)) in ("superseded", "withdrawn"):
        left, times = status, times + 1
        delivery_id = hashlib.sha256(f"{fingerprint}|{times}".encode()).hexdigest()[:32]
    return Booked(delivery_id, status, left)  # type: ignore[arg-type]


def lies_there(connection: Connection, delivery: FoundDelivery, fingerprints: Iterable[str]) -> bool:
    """Say whether what is in force for the dataset, kabupaten and month of a delivery is among what lies there."""
    ids = [booked(connection, fingerprint).delivery_id for fingerprint in fingerprints]
    return bool(
        rows(
            connection,
            "SELECT delivery_id FROM agency_extracts.delivery WHERE dataset = ? AND kab_code = ? AND period = ? "
            "AND status = 'in_force' AND list_contains(?, delivery_id)",
            [delivery.contract.dataset, delivery.kab_code, delivery.period, ids],
        )
    )


def _status(connection: Connection, delivery_id: str) -> str | None:
    found = rows(connection, "SELECT status FROM agency_extracts.delivery WHERE delivery_id = ?", [delivery_id])
    return found[0][0] if found else None
