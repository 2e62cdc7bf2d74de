"""Who is who: persons and families out of the clusters found, with ids that last and the values that survive."""

from integration.persons.persons import PersonSummary, build_persons

__all__ = ["PersonSummary", "build_persons"]
