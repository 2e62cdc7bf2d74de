"""The files that people write into a home: each can be read and says something possible."""

from collections.abc import Callable
from pathlib import Path

import duckdb

from integration.alerts import alerts_of
from integration.examination.finding import Examined, Finding
from integration.linkage.model_file import load_model
from integration.retention import retention_in_force
from integration.review.decisions import SAVED
from integration.rules import rules_in_force
from integration.sources import sources_of
from warehouse.database import literal
from warehouse.entitlements import policy_in_force
from warehouse.errors import PadanError


def examine_declared_files(examined: Examined) -> list[Finding]:
    """Read every file that the next night will read, and say which it would stumble over."""
    home, day = examined.home, examined.now.date()
    read: dict[str, Callable[[], object]] = {
        "policy.yaml": lambda: policy_in_force(home),
        "sources.yaml": lambda: sources_of(home),
        "rules/": lambda: rules_in_force(home.rules, day),
        "alerts.yaml": lambda: alerts_of(home),
        "retention.yaml": lambda: retention_in_force(home),
        "person_model.yaml": lambda: load_model(home.person_model) if home.person_model.exists() else None,
        SAVED: lambda: _read_parquet(home.path / SAVED),
    }
    found = []
    for name, load in read.items():
        try:
            load()
        except (PadanError, OSError, duckdb.Error) as error:
            says = str(error) if isinstance(error, PadanError) else f"it cannot be read ({type(error).__name__})."
            found.append(Finding("declared files", "broken", f"{name}: {says}"))
    own = [name for name in read if (home.path / name).exists()]
    says = f"{', '.join(own)} can be read" if own else "the home has none of its own"
    return found or [Finding("declared files", "ok", f"{says}; the shipped ones stand for the others.")]


def _read_parquet(path: Path) -> None:
    if path.exists():
        with duckdb.connect() as con:
            con.execute(f"SELECT count(*) FROM read_parquet({literal(path)})").fetchall()
