"""From a folder of deliveries to rows in force: found, landed, read, judged, and kept or refused."""

from integration.intake.books import prepare
from integration.intake.discovery import Found, FoundDelivery, find_deliveries
from integration.intake.intake import DatasetIntake, take_in

__all__ = ["DatasetIntake", "Found", "FoundDelivery", "find_deliveries", "prepare", "take_in"]
