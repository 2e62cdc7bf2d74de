"""The sentence by which a delivery is refused: who, what, which file, found, wanted, what to do."""

from integration.intake.discovery import FoundDelivery
from warehouse.errors import DeliveryRefused


def refusal_of(delivery: FoundDelivery, reason_code: str, sentence: str, file: str | None = None) -> DeliveryRefused:
    """Give the refusal of a delivery, or of one file of it; `sentence` says found, wanted and what to do."""
    place = f"{delivery.contract.sender} ({delivery.contract.agency}), {delivery.contract.dataset} {delivery.period}"
    return DeliveryRefused(
        f"{place}{f', file {file}' if file else ''}: {sentence}",
        agency=delivery.contract.agency,
        dataset=delivery.contract.dataset,
        reason_code=reason_code,
        file=file,
    )
