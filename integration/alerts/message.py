"""What is told: a subject and sentences, the same for whoever reads them by whatever way."""

import datetime as dt
from dataclasses import dataclass, field

_LONGEST = 60_000
"""Characters of a text; what is more is cut, and says so."""


@dataclass(frozen=True)
class Message:
    """One message about one run; `about` is one of `ABOUT`, or `test`. Subject and text hold nothing about a person."""

    about: str
    subject: str
    text: str
    home: str = ""
    run_id: str | None = None
    at: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))

    @property
    def line(self) -> str:
        """The subject as one line: a line break would be a header of its own in an e-mail."""
        return " ".join(self.subject.split())

    @property
    def body(self) -> str:
        """The text, cut where it is longer than anybody reads."""
        if len(self.text) <= _LONGEST:
            return self.text
        return f"{self.text[:_LONGEST]}\n… cut here; the rest is in the Dagster UI.\n"
