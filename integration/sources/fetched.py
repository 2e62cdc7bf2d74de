"""What came of fetching from one source."""

from dataclasses import dataclass, field

from integration.sources.places import Source
from warehouse.errors import SourceFailed

_NAMED = 5


def in_short(said: list[str]) -> list[str]:
    """Give the first sentences, and one that counts the others: of thousands nobody reads each."""
    more = len(said) - _NAMED
    return [*said[:_NAMED], *([f"{more:,} more in the same ways."] if more > 0 else [])]


@dataclass
class Fetched:
    """What was put into the inbox, and what was not; each list holds months or sentences."""

    source: Source
    months: list[str] = field(default_factory=list)
    files: int = 0
    bytes: int = 0
    unchanged: int = 0
    """Files, or months of rows, that are the same as before."""
    waiting: list[str] = field(default_factory=list)
    """Deliveries that are left for the next fetch, and why."""
    refused: list[str] = field(default_factory=list)
    """Deliveries of which a file cannot be used, and why."""
    passed_over: list[str] = field(default_factory=list)
    trouble: SourceFailed | None = None
    """Why the source could not be used, or not to its end."""

    @property
    def said(self) -> str:
        """Say in one line what came of it."""
        if self.trouble is not None:
            return str(self.trouble)
        new = (
            f"{', '.join(self.months)}: {self.files:,} file(s), {self.bytes / 1e6:,.1f} MB"
            if self.months
            else "nothing new"
        )
        more = [f"{self.unchanged:,} as before" if self.unchanged else "", *self.waiting, *self.refused]
        return f"Source {self.source.name}: {'; '.join([new, *filter(None, more)])}"
