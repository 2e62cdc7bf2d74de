"""The tables of docs/observe.md, from the declarations that they document."""

from functools import cache
from pathlib import Path

from integration.run_summary.metrics import gauges
from warehouse.declared_file import DeclaredFile

_FIELDS = Path(__file__).with_name("fields.yaml")


@cache
def fields() -> dict[str, tuple[str, str]]:
    """Give type and meaning of each field of the JSON, by its path; raises `DeclarationError`."""
    file = DeclaredFile("fields.yaml")
    return {path: (said[0], said[1]) for path, said in file.table("the fields", file.read(_FIELDS)).items()}


def fields_table() -> str:
    """Give the fields as a Markdown table."""
    lines = [f"| `{path}` | {kind} | {meaning} |" for path, (kind, meaning) in fields().items()]
    return "\n".join(["| field | type | meaning |", "| --- | --- | --- |", *lines])


def metrics_table() -> str:
    """Give the metrics as a Markdown table."""
    lines = [f"| `{one.name}` | {', '.join(f'`{label}`' for label in one.labels)} | {one.help} |" for one in gauges()]
    return "\n".join(["| metric | labels | meaning |", "| --- | --- | --- |", *lines])
