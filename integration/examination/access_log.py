"""The chain of the access log."""

from integration.examination.finding import Examined, Finding, named
from warehouse.access_log import head, verify


def examine_access_log(examined: Examined) -> list[Finding]:
    """Verify every line of the log; what is wrong with it cannot be repaired, only explained."""
    found = [str(one) for one in verify(examined.home)]
    if found:
        says = f"it is not what was written: {named(found)} Keep it as it is; `./padan audit verify` says all."
        return [Finding("access log", "broken", says)]
    return [Finding("access log", "ok", f"{head(examined.home)['n']:,} lines, each sealed and in its place.")]
