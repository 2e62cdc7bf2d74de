"""The way of the data is one way, and its packages are those of this checkout."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from at_the_terminal import ROOT, environment


def test_the_import_contract_is_kept() -> None:
    lint = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]

    done = subprocess.run(lint, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("package", ["assets", "quality_checks", "integration", "warehouse"])
def test_packages_come_from_this_checkout(package: str) -> None:
    where = import_module(package).__file__

    assert where is not None
    assert Path(where).is_relative_to(ROOT)
    assert ".venv" not in Path(where).parts


@pytest.mark.parametrize("package", ["integration", "warehouse"])
def test_what_a_record_means_is_written_without_dagster(package: str) -> None:
    imports = [
        (path.name, line)
        for path in (ROOT / package).rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip().startswith(("import ", "from ")) and {"dagster", "great_expectations"} & set(line.split())
    ]

    assert imports == []
