"""`./padan dictionary`: the data dictionary as Markdown, from the declarations themselves."""

import click

from integration.contracts import contracts
from warehouse.dictionary import dictionary_rows
from warehouse.settings import STAGES
from warehouse.tables import stage_tables


def as_markdown() -> str:
    """Write every contract and every declared table as Markdown; `docs/data-dictionary.md` holds exactly this."""
    lines = [
        "# Data dictionary",
        "",
        "Written by `./padan dictionary` from `integration/contracts` and `warehouse/tables`; do not edit.",
        "Privacy: identifier (NIK, KK), personal (name, address, birth), health, welfare (poverty), none.",
        "",
        "## What agencies deliver",
    ]
    for contract in contracts().values():
        lines += ["", f"### {contract.code} `{contract.dataset}`: {contract.title} ({contract.sender})", ""]
        lines += [
            "| header | also | column | type | needed | label | privacy |",
            "| --- | --- | --- | --- | --- | --- | --- |",
        ]
        for c in contract.columns:
            needed = "yes" + (", never empty" if c.on_null == "refuse" else "") if c.needed else ""
            cells = (c.header, ", ".join(c.aliases), f"`{c.name}`", c.type, needed, c.label, c.privacy)
            lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "## What Padan makes of it"]
    for stage in STAGES:
        for table in stage_tables(stage).values():
            lines += ["", f"### `{table.full_name}`", "", f"{table.meaning}. Key: {', '.join(table.key)}.", ""]
            lines += ["| column | type | label | meaning | privacy | values |", "| --- | --- | --- | --- | --- | --- |"]
            for _, name, kind, label, meaning, privacy, values in dictionary_rows([table]):
                lines.append(f"| `{name}` | {kind} | {label} | {meaning} | {privacy} | {values} |")
    return "\n".join(lines) + "\n"


@click.command("dictionary")
def command() -> None:
    """Print the data dictionary as Markdown."""
    click.echo(as_markdown(), nl=False)
