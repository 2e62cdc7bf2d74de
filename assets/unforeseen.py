"""What is told of an error that nobody foresaw: its kind and its place, never its text, which may quote a person."""

from pathlib import Path
from traceback import extract_tb


def places(error: BaseException) -> list[str]:
    """Give the places in the code through which an error came, the innermost last: file, line and function."""
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in extract_tb(error.__traceback__)]
