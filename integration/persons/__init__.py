"""Who is who: persons and families out of the chosen pairs, with the values that survive."""

from integration.persons.persons import PersonSummary, build_persons

__all__ = ["PersonSummary", "build_persons"]
