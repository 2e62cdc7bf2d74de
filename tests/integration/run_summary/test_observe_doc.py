"""The page docs/observe.md says what the declarations say.

It is brought up to date by

    python tests/integration/run_summary/test_observe_doc.py
"""

import re
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[3]))

from integration.run_summary.documentation import fields_table, metrics_table
from integration.run_summary.metrics import gauges

DOC = Path(__file__).parents[3] / "docs" / "observe.md"


def as_declared() -> str:
    """Give the page with its tables as the declarations have them."""
    text = DOC.read_text(encoding="utf-8")
    for name, table in (("fields", fields_table()), ("metrics", metrics_table())):
        text = re.sub(rf"<!-- {name} -->\n(\n(\|.*\n)+)?", f"<!-- {name} -->\n\n{table}\n".replace("\\", r"\\"), text)
    return text


def test_the_tables_are_those_declared() -> None:
    assert DOC.read_text(encoding="utf-8") == as_declared(), f"if it is meant: python {Path(__file__).name}"


def test_the_alerts_ask_for_metrics_that_exist() -> None:
    asked = set(re.findall(r"padan_[a-z_]+", DOC.read_text(encoding="utf-8").partition("## Alerts")[2]))

    assert asked
    assert asked <= {one.name for one in gauges()}


if __name__ == "__main__":
    DOC.write_text(as_declared(), encoding="utf-8")
