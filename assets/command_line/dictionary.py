"""`./padan dictionary`: the data dictionary as Markdown, from the declarations themselves."""

import click

from integration.contracts import contracts
from integration.explanation.target_columns import column_rules
from integration.rules import load_rules
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
    rules = column_rules(load_rules())
    for stage in STAGES:
        for table in stage_tables(stage).values():
            lines += ["", f"### `{table.full_name}`", "", f"{table.meaning}. Key: {', '.join(table.key)}.", ""]
            said = dictionary_rows([table], rules)
            names = (
                "column",
                "type",
                "label",
                "meaning",
                "privacy",
                "values",
                *(("rule",) if any(row[-1] for row in said) else ()),
            )
            lines += [f"| {' | '.join(names)} |", f"|{' --- |' * len(names)}"]
            lines += [f"| `{name}` | {' | '.join(rest[: len(names) - 1])} |" for _, name, *rest in said]
    return "\n".join(lines) + "\n"


@click.command("dictionary")
def command() -> None:
    """Print the data dictionary as Markdown."""
    click.echo(as_markdown(), nl=False)
