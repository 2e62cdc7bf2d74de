"""Padan's linkage stage alone on a home whose records are read; called by `splink_people.py`.

    .venv/bin/python padan_people_job.py HOME

All records are worked on, whatever the home remembers. The last line of standard output is JSON: what it cost, and how
many pairs were compared.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from resource_use import measured_part  # noqa: E402

from integration.linkage import load_model, match_records  # noqa: E402
from warehouse.database import writer  # noqa: E402
from warehouse.settings import Home  # noqa: E402

with measured_part() as linkage, writer(Home(Path(sys.argv[1]))) as connection:
    summary = match_records(connection, load_model(), afresh=True)
print(json.dumps({"linkage": linkage.__dict__, "pairs": summary.compared}))
