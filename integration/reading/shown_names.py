"""How a name that came from outside is shown in a sentence: on one line, not endless, and without commands."""

import unicodedata

from integration.reading.limits import LONGEST_TOLD

UNSHOWN = ("Cc", "Cs", "Zl", "Zp")
"""Control characters, halves of signs, and ends of lines."""


def can_be_shown(name: str) -> bool:
    """Say whether a name can be written, stored and shown as it is."""
    return (name.isascii() and name.isprintable()) or not any(unicodedata.category(sign) in UNSHOWN for sign in name)


def shown(name: str) -> str:
    """Write a name so that it can be shown, its end left out where it is long."""
    cut = name if len(name) <= LONGEST_TOLD else f"{name[:LONGEST_TOLD]}…"
    return cut if can_be_shown(cut) else "".join("?" if unicodedata.category(s) in UNSHOWN else s for s in cut)
