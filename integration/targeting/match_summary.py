"""How well the rows of each dataset and kecamatan found their person: `targeting.match_summary`."""

from pathlib import Path

from warehouse.database import Connection
from warehouse.tables import table
from warehouse.tables.filling import fill

_QUERY = Path(__file__).with_suffix(".sql")


def summarise_matching(
    con: Connection, run_id: str, model_version: str, precision: float | None, recall: float | None
) -> None:
    """Fill `targeting.match_summary`; precision and recall (0 to 1) are None where no labelled pairs estimate them."""
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE match_summary_row AS {_QUERY.read_text(encoding='utf-8')}",
        {"run_id": run_id, "model_version": model_version, "precision": precision, "recall": recall},
    )
    fill(con, table("targeting.match_summary"), "match_summary_row")
    con.execute("DROP TABLE match_summary_row")
