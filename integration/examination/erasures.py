"""Erasures: nobody who was erased stands in a publication, as after a restore of an older backup."""

from integration.examination.finding import Examined, Finding
from integration.privacy.erased_again import still_published

_ABOUT = "erasures"


def examine_erasures(examined: Examined) -> list[Finding]:
    """Find people whom the home knows as erased and a publication still shows."""
    if examined.run_goes_on:
        return [Finding(_ABOUT, "ok", "not looked for while a run goes on.")]
    if found := len(still_published(examined.home)):
        says = f"{found} who were erased stand in publications. Take them out: ./padan erase --again --confirm"
        return [Finding(_ABOUT, "broken", says)]
    return [Finding(_ABOUT, "ok", "nobody who was erased is published.")]
