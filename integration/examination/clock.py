"""The clock of this machine against what the home remembers."""

import datetime as dt

from integration.examination.finding import Examined, Finding
from warehouse.pointer import made_at, standing_versions

_TOLERATED = dt.timedelta(minutes=2)


def examine_clock(examined: Examined) -> list[Finding]:
    """Find a clock that goes behind the newest publication: what is made next would count as older."""
    newest = next(iter(standing_versions(examined.home)), None)
    if newest and made_at(newest) > examined.now + _TOLERATED:
        says = (
            f"it says {examined.now:%Y-%m-%d %H:%M} UTC, and {newest} was made after that. Set the clock (timedatectl)"
        )
        return [Finding("clock", "broken", f"{says} before the next run.")]
    return [Finding("clock", "ok", f"{examined.now:%Y-%m-%d %H:%M} UTC, after all that was published.")]
