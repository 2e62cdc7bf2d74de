"""Typed rows of ten datasets become records of persons and of families, all of one shape."""

from integration.records.family_record import build_family_records
from integration.records.in_force import type_in_force
from integration.records.person_record import build_person_records

__all__ = ["build_family_records", "build_person_records", "type_in_force"]
