"""One dataset's deliveries become rows in force: read, typed, judged by their contract, kept or refused.

A delivery comes in whole or not at all: everything about it is written in one transaction. What is refused leaves the
delivery before it in force; what repeats the bytes already in force changes nothing. What was replaced comes in again
when it lies there and what took its place does not, and so does what was withdrawn.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from integration.contracts import Contract
from integration.intake.books import record_delivery, record_refusal
from integration.intake.came_again import Booked, booked, lies_there
from integration.intake.discovery import UNKNOWN, FoundDelivery
from integration.intake.landing import HashedFile, hashed
from integration.intake.manifest import MANIFEST
from integration.intake.refusal import refusal_of
from integration.intake.staging import JUDGED, judge, stage_files, type_staged
from integration.intake.warned_before import warned_of_before
from warehouse.database import Connection, count, transaction
from warehouse.errors import DeliveryRefused
from warehouse.progress import Say, silent
from warehouse.settings import Home


@dataclass
class DatasetIntake:
    """What became of one dataset's deliveries in this run; counts of rows are of newly read deliveries.

    `warnings` are also of deliveries that came in before and still lie there.
    """

    dataset: str
    accepted: int = 0
    unchanged: int = 0
    refused: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    read: int = 0
    quarantined: int = 0
    skipped: int = 0
    files: int = 0


def take_in(
    connection: Connection,
    home: Home,
    root: Path,
    contract: Contract,
    deliveries: list[FoundDelivery],
    run_id: str,
    say: Say = silent,
) -> DatasetIntake:
    """Take in the deliveries of one dataset that lie below `root`; `prepare` must have run and regions be loaded.

    Refusals are results, not errors: the sentences are in `refused`. Raises `HomeError` when the home fails.
    """
    intake = DatasetIntake(contract.dataset)
    hashes = [[hashed(path) for path in delivery.files] for delivery in deliveries]
    fingerprints = [_fingerprint(delivery, files) for delivery, files in zip(deliveries, hashes, strict=True)]
    intake.warnings += _rivals(root, deliveries, fingerprints)
    replaced: dict[tuple[str, str], tuple[FoundDelivery, list[HashedFile], Booked]] = {}
    refused = set()
    for delivery, files, fingerprint in zip(deliveries, hashes, fingerprints, strict=True):
        month = delivery.kab_code, delivery.period
        known = booked(connection, fingerprint)
        if known.status == "in_force" or known.left:
            intake.unchanged += 1
            if known.left and known.status != "in_force":
                replaced[month] = delivery, files, known  # of several that lie there the last one counts
            else:
                intake.warnings += warned_of_before(connection, delivery, known.delivery_id)
                say(f"{_place(delivery)}: the same bytes as before, nothing to do")
        elif not _take_or_refuse(connection, home, root, delivery, files, known.delivery_id, run_id, intake, say):
            refused.add(month)
    for month, (delivery, files, known) in replaced.items():
        if month in refused or lies_there(connection, delivery, fingerprints):
            say(f"{_place(delivery)}: the same bytes as before, which were replaced, nothing to do")
            continue
        intake.unchanged -= 1
        if _take_or_refuse(connection, home, root, delivery, files, known.delivery_id, run_id, intake, say):
            sentence = {
                "superseded": "it lies there again, and the one that had replaced it does not: it is in force again. "
                "If that is not what was meant, send the other one again.",
                "withdrawn": "it was withdrawn and lies there again: it is in force again.",
            }[known.left or "superseded"]
            intake.warnings.append(str(refusal_of(delivery, "came_again", sentence)))
    return intake


def _fingerprint(delivery: FoundDelivery, files: list[HashedFile]) -> str:
    """Name a delivery by what it is and by every byte of it, the manifest's among them; order does not matter."""
    digest = hashlib.sha256("|".join((delivery.contract.dataset, delivery.kab_code, delivery.period)).encode())
    manifest = [hashed(delivery.folder / MANIFEST)] if delivery.manifest or delivery.trouble else []
    for one in sorted({file.sha256 or file.path.name for file in (*files, *manifest)}):
        digest.update(one.encode())
    return digest.hexdigest()[:32]


def _rivals(root: Path, deliveries: list[FoundDelivery], fingerprints: list[str]) -> list[str]:
    """Say where two different deliveries of one month lie side by side: each replaces the one before it."""
    seen: dict[tuple[str, str], tuple[FoundDelivery, str]] = {}
    sentences = []
    for delivery, delivery_id in zip(deliveries, fingerprints, strict=True):
        before, before_id = seen.get((delivery.kab_code, delivery.period), (delivery, delivery_id))
        if before_id != delivery_id and UNKNOWN not in (delivery.kab_code, delivery.period):
            first, second = before.folder.relative_to(root), delivery.folder.relative_to(root)
            sentence = (
                f"two deliveries of this month lie there, in {first} and {second}; the second one replaces the first. "
                "Put the files of one delivery into one folder, or remove the old one."
            )
            sentences.append(str(refusal_of(delivery, "two_deliveries", sentence)))
        seen[delivery.kab_code, delivery.period] = (delivery, delivery_id)
    return sentences


def _place(delivery: FoundDelivery) -> str:
    return f"{delivery.contract.sender}, {delivery.contract.dataset} {delivery.period}"


def _take_or_refuse(
    connection: Connection,
    home: Home,
    root: Path,
    delivery: FoundDelivery,
    files: list[HashedFile],
    delivery_id: str,
    run_id: str,
    intake: DatasetIntake,
    say: Say,
) -> bool:
    """Take in a delivery, or remember and say why not; give whether it came in."""
    try:
        with transaction(connection):
            say(f"{_place(delivery)}: reading {len(delivery.files)} file(s)")
            _take_one(connection, home, root, delivery, files, delivery_id, run_id, intake, say)
    except DeliveryRefused as refusal:
        with transaction(connection):
            record_refusal(connection, delivery, delivery_id, run_id, refusal)
        intake.refused.append(str(refusal))
        say(f"REFUSED {refusal}")
        return False
    return True


def _take_one(
    connection: Connection,
    home: Home,
    root: Path,
    delivery: FoundDelivery,
    hashes: list[HashedFile],
    delivery_id: str,
    run_id: str,
    intake: DatasetIntake,
    say: Say,
) -> None:
    contract = delivery.contract
    if delivery.trouble:
        raise refusal_of(delivery, "unusable_delivery", delivery.trouble)
    files = stage_files(connection, home, root, delivery, hashes, say)
    type_staged(connection, delivery, files, say)
    refused = count(connection, f"SELECT count(*) FROM {JUDGED} WHERE refusal IS NOT NULL")
    read = count(connection, f"SELECT count(*) FROM {JUDGED}") - refused
    refused += sum(file.refused_already for file in files)
    if contract.required_to_publish and not read:
        raise refusal_of(delivery, "no_rows", "not one row can be used; send the files with their data rows.")
    measures = judge(connection, delivery, intake.warnings)
    record_delivery(connection, delivery, delivery_id, run_id, files, measures, intake.warnings)
    intake.accepted += 1
    intake.files += len(files)
    intake.read += read
    intake.quarantined += refused
    intake.skipped += sum(f.facts.title + f.facts.header_rows + f.facts.blank + f.facts.footer for f in files)
