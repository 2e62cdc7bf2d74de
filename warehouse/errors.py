"""Every error that Padan raises on purpose.

::

    PadanError
    ├── DeclarationError      a contract, table, rule or weight file says something impossible   (ValueError)
    ├── DeliveryRefused       one agency's delivery cannot be used; the others go on
    ├── SourceFailed          what an agency delivers cannot be fetched now; what is in force stays so
    ├── AlertFailed           somebody could not be told how a night ended; the night itself is as it was
    ├── HomeError             the home cannot be read or written as it is
    │   └── HomeBusy          another run holds the home
    ├── PublicationRefused    a gate or a blocking check failed; the previous publication stays
    └── NothingPublished      a reader asked for a publication and there is none

Each message is a sentence for the person who has to act: what was found, what was wanted, what to do.
None holds a name, a NIK, or anything about a person's health.
"""


class PadanError(Exception):
    """The root: catch it to catch everything Padan says on purpose."""


class DeclarationError(PadanError, ValueError):
    """A declaration (contract, table, rules, weights) contradicts itself."""


class DeliveryRefused(PadanError):
    """A delivery, or a file of one, cannot be used.

    `agency`, `dataset` and `file` say which (`file` is None for a whole delivery); `reason_code` is stable, the
    message is for people.
    """

    def __init__(self, message: str, *, agency: str, dataset: str, reason_code: str, file: str | None = None) -> None:
        super().__init__(message)
        self.agency = agency
        self.dataset = dataset
        self.file = file
        self.reason_code = reason_code


class SourceFailed(PadanError):
    """A source of deliveries cannot be reached or cannot be used; nothing of it was taken.

    `passing`: a fault of line or peer that may be gone when it is tried again; else somebody has to act. `found`: what
    was found and what to do, without the name of the source and a full stop.
    """

    def __init__(self, message: str, *, passing: bool = False, found: str = "") -> None:
        super().__init__(message)
        self.passing = passing
        self.found = found or message


class AlertFailed(PadanError):
    """An e-mail or webhook could not be sent.

    `passing`: a fault of line or peer that may be gone when it is tried again; else somebody has to act.
    """

    def __init__(self, message: str, *, passing: bool = False) -> None:
        super().__init__(message)
        self.passing = passing


class HomeError(PadanError):
    """The home folder is missing, read-only, full or damaged."""


class HomeBusy(HomeError):
    """Another process is writing to this home."""


class PublicationRefused(PadanError):
    """What was computed must not be published; `failures` holds one sentence for each gate or check that failed."""

    def __init__(self, message: str, failures: list[str]) -> None:
        super().__init__(message)
        self.failures = failures


class NothingPublished(PadanError):
    """The home holds no publication yet."""
