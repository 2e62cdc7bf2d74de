"""Alerts that could not be sent: somebody was not told of a night."""

from collections import Counter

from integration.alerts import Alerts, alerts_of, waiting
from integration.examination.finding import Examined, Finding
from warehouse.errors import DeclarationError
from warehouse.wall_clock import WIB

_ABOUT = "alerts"


def examine_alerts(examined: Examined) -> list[Finding]:
    """Say how many alerts wait, for whom, and since when."""
    home = examined.home
    left = waiting(home)
    if not left:
        nobody = "" if home.alerts.exists() else "; nobody is told of anything, for the home has no alerts.yaml"
        return [Finding(_ABOUT, "ok", f"none waits to be sent{nobody}.")]
    try:
        alerts = alerts_of(home)
    except DeclarationError:  # which is a finding of its own
        alerts = Alerts()
    names = [*(one.where for one in alerts.mailboxes), *(one.where for one in alerts.webhooks)]
    of_whom = Counter(next((name for name in names if one.is_for(name)), "whom alerts.yaml names") for one in left)
    told = ", ".join(f"{whom}: {number}" for whom, number in sorted(of_whom.items()))
    since = f"{left[0].message.at.astimezone(WIB):%Y-%m-%d %H:%M} WIB"
    says = f"{len(left)} could not be sent, the oldest of {since} ({told}). The next run tries again, or "
    return [Finding(_ABOUT, "told", f"{says}`./padan alerts send`; `./padan alerts check` says what is wrong.")]
