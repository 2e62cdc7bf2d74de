"""What was warned of when a delivery came in, told again on every night on which it still lies there."""

from integration.intake.discovery import FoundDelivery
from integration.intake.refusal import refusal_of
from integration.reading.delivered_file import BELOW_FOOTER, FORBIDDEN
from warehouse.database import Connection, rows


def warned_of_before(connection: Connection, delivery: FoundDelivery, delivery_id: str) -> list[str]:
    """Give the warnings of a delivery that is in force, as the books have them; nothing is read or measured again.

    A rule is judged by the limits that it has now.
    """
    measured = dict(
        rows(
            connection,
            "SELECT rule, measured FROM agency_extracts.delivery_measure "
            "WHERE delivery_id = ? AND measured IS NOT NULL",
            [delivery_id],
        )
    )
    of_rules = [
        str(refusal_of(delivery, rule.name, rule.sentence(measured[rule.name])))
        for rule in delivery.contract.delivery_rules
        if rule.name in measured and rule.verdict(measured[rule.name]) != "ok"
    ]
    files = rows(
        connection,
        "SELECT source_file, notes FROM agency_extracts.source_file WHERE delivery_id = ? "
        "AND (contains(array_to_string(notes, ' '), ?) OR contains(array_to_string(notes, ' '), ?)) ORDER BY ALL",
        [delivery_id, BELOW_FOOTER, FORBIDDEN],
    )
    return of_rules + [
        str(refusal_of(delivery, "file_note", note, source_file))
        for source_file, notes in files
        for note in notes
        if note not in delivery.notes
    ]
