"""Values of a person as they are shown: masked, unless the operator asks for them."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from warehouse.errors import DeclarationError
from warehouse.yaml_file import read_yaml

HIDDEN = "•••"


def number(text: str) -> str:
    """Mask a NIK or KK: the region and the serial number stay; of a part of one only the region."""
    return text[:6] + "*" * len(text[6:-4]) + text[-4:] if len(text) == 16 else text[:6] + "*" * len(text[6:])


def initials(text: str) -> str:
    """Mask a name: the first letter of each of its words."""
    return " ".join(f"{word[0]}." for word in text.split())


_MASKS: Mapping[str, Callable[[str], str]] = {
    "number": number,
    "initials": initials,
    "year": lambda text: text[:4],
    "open": lambda text: text,
    "hidden": lambda text: HIDDEN if text else "",
}


def masked(text: str, mask: str) -> str:
    """Mask a text: `number`, `initials`, `year`, `open` (as it is) or `hidden`."""
    return _MASKS[mask](text)


def shown(comparison: str, said: Mapping[str, object], *, in_full: bool) -> str:
    """Give what one side says on a comparison (`said`: a row of `matched_pairs.description`); empty where nothing."""
    told: list[str] = []
    for column, mask in shown_columns().get(comparison, {}).items():
        text = "" if said.get(column) is None else str(said[column])
        text = text if in_full else masked(text, mask)
        if not any(before.startswith(text) for before in ("", *told)):  # a year beside the date says nothing more
            told.append(text)
    return " / ".join(told)


@cache
def shown_columns() -> dict[str, dict[str, str]]:
    """Give for each comparison its columns and how they are masked; `DeclarationError` for an unknown mask."""
    path = Path(__file__).with_name("shown_values.yaml")
    found: dict[str, dict[str, str]] = read_yaml(path)
    for comparison, columns in found.items():
        if unknown := sorted(set(columns.values()) - set(_MASKS)):
            raise DeclarationError(f"{path.name}, {comparison}: {unknown} were found; known are {', '.join(_MASKS)}.")
    return found
