"""Reading a declared file (YAML that a domain person changes), and saying exactly where it is wrong."""

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml

from warehouse.errors import DeclarationError
from warehouse.yaml_file import Loader, read_yaml

Found = Any
"""What stands in a YAML file before it is checked."""

COMPARING = frozenset({"and", "or", "not", "in", "between", "true", "false"})
"""The words of a condition that only compares: with unknown values its answer is unknown."""

_QUOTED = re.compile(r"'[^']*'")
_WORD = re.compile(r"[a-z_0-9]+")
_NUMBER = re.compile(r"\d+(e\d*)?")


class DeclaredFile:
    """What every reader of a declared file checks; a reader is a subclass that knows what its file may say.

    `file` is what messages call the file: `indicators.yaml`, `The rules rules.yaml`. A place is written as the file is
    read, from the outside in: `tiers, KRS, when`. What stands in the file is unchecked (`Found`) until a method here
    gave it; each raises `DeclarationError` that says the place, what was found and what may stand there.
    """

    def __init__(self, file: str) -> None:
        self.file = file

    def read(self, path: Path) -> Found:
        """Read the YAML file, in which every key of a table stands once."""
        try:
            return read_yaml(path, _OnceLoader)
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise DeclarationError(f"{self.file} cannot be read: {error}.") from error

    def error(self, place: str, said: str) -> DeclarationError:
        """Give the error for a place; `said` says, without a full stop, what was found and what may stand there."""
        return DeclarationError(f"{self.file}, {place}: {said}.")

    def missing(self, place: str, names: Collection[str]) -> DeclarationError:
        """Give the error for keys that must be there and are not."""
        return self.error(place, f"{', '.join(sorted(names))} is missing")

    def unknown(self, place: str, names: Collection[str], known: Collection[str], of: str = "") -> DeclarationError:
        """Give the error for keys or columns that nobody knows; `of` says whose the known ones are."""
        whose = f" of {of}" if of else ""
        return self.error(place, f"{', '.join(sorted(names))} was found; known{whose} are {', '.join(sorted(known))}")

    def twice(self, place: str, codes: Collection[str]) -> DeclarationError:
        """Give the error for codes that stand there more than once."""
        return self.error(place, f"{', '.join(sorted(codes))} stands there twice; each code may stand once")

    def keys(
        self, place: str, found: Found, needed: Collection[str], further: Collection[str] | None = ()
    ) -> dict[str, Any]:
        """Give a table that has every needed key and else only further ones; `further` of None allows any."""
        if not isinstance(found, dict):
            wanted = ", ".join(sorted(needed)) or "named entries"
            raise self.error(place, f"{type(found).__name__} was found; it must have {wanted}")
        if missing := set(needed) - set(found):
            raise self.missing(place, missing)
        if further is not None and (unknown := set(found) - {*needed, *further}):
            raise self.unknown(place, set(map(str, unknown)), {*needed, *further})
        return found

    def table(self, place: str, found: Found) -> dict[str, Any]:
        """Give a table of named entries with at least one."""
        if not isinstance(found, dict) or not found:
            raise self.error(place, f"{found!r} was found; it must have named entries")
        return found

    def items(self, place: str, found: Found) -> list[Any]:
        """Give a list with at least one entry."""
        if not isinstance(found, list) or not found:
            raise self.error(place, f"{found!r} was found; it must be a list with at least one entry")
        return found

    def entries(
        self, place: str, found: Found, needed: Collection[str], further: Collection[str] = ()
    ) -> list[dict[str, Any]]:
        """Give the entries of a list, each a table with a `code` of its own."""
        entries = []
        for item in self.items(place, found):
            code = item.get("code", "?") if isinstance(item, dict) else "?"
            entries.append(self.keys(f"{place}, {code}", item, needed, further))
        codes = [str(entry["code"]) for entry in entries]
        if twice := {code for code in codes if codes.count(code) > 1}:
            raise self.twice(place, twice)
        return entries

    def text(self, place: str, found: Found) -> str:
        """Give a text that is not empty."""
        if not isinstance(found, str) or not found.strip():
            raise self.error(place, f"{found!r} was found; it must be a text")
        return found

    def one_of(self, place: str, found: Found, wanted: Collection[str]) -> str:
        """Give one of the wanted words."""
        if not isinstance(found, str) or found not in wanted:
            raise self.error(place, f"{found!r} was found; it must be one of {', '.join(wanted)}")
        return found

    def yes_or_no(self, place: str, found: Found) -> bool:
        """Give what is true or false."""
        if not isinstance(found, bool):
            raise self.error(place, f"{found!r} was found; it must be true or false")
        return found

    def number(self, place: str, found: Found, low: float, high: float) -> float:
        """Give a number from `low` to `high`."""
        if isinstance(found, bool) or not isinstance(found, int | float) or not low <= found <= high:
            raise self.error(place, f"{found!r} was found; it must be a number from {low:g} to {high:g}")
        return float(found)

    def whole_number(self, place: str, found: Found, low: int, high: int) -> int:
        """Give a whole number from `low` to `high`."""
        if isinstance(found, bool) or not isinstance(found, int) or not low <= found <= high:
            raise self.error(place, f"{found!r} was found; it must be a whole number from {low} to {high}")
        return found

    def condition(
        self,
        place: str,
        found: Found,
        known: Collection[str] | None,
        *,
        words: Collection[str] = COMPARING,
        signs: str = "",
        of: str = "",
    ) -> str:
        """Give a condition that compares known columns and does nothing else: a file is data, no way to run SQL.

        Only the form is checked: names, signs and brackets, in small or capital letters; what stands in single quotes
        is free. `known` of None allows any name. `words` are the SQL words (small letters) that may stand there: add
        `is` and `null` where a condition may ask for null, `any` for a list column. `signs` are allowed beyond
        `. , ( ) < > =`; `of` says in the message whose columns the known ones are.
        """
        text = self.text(place, found)
        bare = _QUOTED.sub(" ", text).lower()
        names = {word for word in _WORD.findall(bare) if not _NUMBER.fullmatch(word)}
        if names & {"is", "null"} - set(words):
            raise self.error(place, f"{text!r} asks for null; unknown values are kept unknown by the program")
        if known is not None and (unknown := names - {*words, *known}):
            raise self.unknown(place, unknown, known, of)
        compares = re.fullmatch(rf"[a-z_0-9\s.,()<>={re.escape(signs)}]*", bare)
        if "\\" in text or not compares or not _brackets_close(bare):  # a backslash could hide where a quote ends
            raise self.error(place, f"{text!r} was found; only comparisons of known columns may stand there")
        return text


def _brackets_close(text: str) -> bool:
    """Say whether each bracket closes one that was opened before: else a condition could leave its own brackets."""
    depth = 0
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            return False
    return depth == 0


class _OnceLoader(Loader):  # type: ignore[misc, valid-type]
    """Reads YAML in which every key of a mapping stands once: else the last would silently win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if twice := sorted({str(key) for key in keys if keys.count(key) > 1}):
            raise yaml.YAMLError(f"{twice} stands twice in the mapping of line {node.start_mark.line + 1}")
        made: dict[Any, Any] = super().construct_mapping(node, deep)
        return made
