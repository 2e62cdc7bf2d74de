"""How a name from outside is shown in a sentence: on one line, not endless, without commands and without a NIK."""

import re
import unicodedata

from integration.reading.limits import LONGEST_TOLD

UNSHOWN = ("Cc", "Cs", "Zl", "Zp")
"""Control characters, halves of signs, and ends of lines."""
_PERSONAL = re.compile(r"(?<!\d)\d{16}(?!\d)")
"""What may be a NIK or a KK."""


def can_be_shown(name: str) -> bool:
    """Say whether a name can be written, stored and shown as it is."""
    return (name.isascii() and name.isprintable()) or not any(unicodedata.category(sign) in UNSHOWN for sign in name)


def shown(name: str) -> str:
    """Write a name so that it can be shown: its end left out where it is long, a number like a NIK crossed out."""
    told = _PERSONAL.sub("#" * 16, name)
    cut = told if len(told) <= LONGEST_TOLD else f"{told[:LONGEST_TOLD]}…"
    return cut if can_be_shown(cut) else "".join("?" if unicodedata.category(s) in UNSHOWN else s for s in cut)


def shown_path(path: str) -> str:
    """Write the path of a file, `/` between its parts, so that each of them can be shown."""
    return "/".join(map(shown, path.split("/")))
