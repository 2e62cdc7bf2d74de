"""Summaries of runs: what `./padan runs`, the metrics and the daily mail read."""

from integration.examination.finding import Examined, Finding, Repair, named
from integration.examination.set_aside import set_aside
from integration.run_summary import damaged_summaries, summaries

_ABOUT = "run summaries"


def examine_summaries(examined: Examined) -> list[Finding]:
    """Find summaries that cannot be read; nights pass over them, so that nobody misses them but who looks."""
    home = examined.home
    damaged = damaged_summaries(home)
    if not damaged:
        return [Finding(_ABOUT, "ok", f"{len(summaries(home))} are whole.")]

    def put_aside() -> None:
        for path in damaged:
            set_aside(home, path)

    names = named([path.name for path in damaged])
    says = (
        f"of {len(damaged)} runs the summary is damaged ({names}); --repair sets it aside, or copy it from the backup."
    )
    return [
        Finding(_ABOUT, "told", says, Repair(f"{len(damaged)} damaged summaries of runs were set aside", put_aside))
    ]
