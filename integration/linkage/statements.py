"""SQL files that hold several queries, each under a line `--> name` and a comment that says what it gives."""

import re
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent


@cache
def statements(file: str) -> dict[str, str]:
    """Give the queries of a file of this folder by name, in their order."""
    parts = re.split(r"^--> (\w+)\n", (_FOLDER / file).read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {name: query.strip().rstrip(";") for name, query in zip(parts[1::2], parts[2::2], strict=True)}
