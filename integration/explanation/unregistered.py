"""Why rows were placed on nobody of the civil register."""

from pathlib import Path

from integration.linkage import Model
from warehouse.database import Connection

REASONS = {
    "no_candidate": "no register person shares a key with it, or none that is not plainly different",
    "below_band": "its best candidate is less likely than what is joined without asking",
    "forbidden": "its best candidate is likely, but a constraint or a decision of people forbids the two",
    "taken": "its best candidate already has another row of a source that holds each person once",
    "close_runner_up": "two or more candidates are nearly as likely as each other",
}
"""The reasons, from what blocking lost to what competition decided."""


def find_reasons(con: Connection, model: Model, only: str = "true") -> None:
    """Fill the temporary table `unregistered_reason(description_id, reason)`, reason one of `REASONS`.

    One row for each description whose person is not in the civil register; `only` is a condition on `description_id`.
    """
    text = Path(__file__).with_name("unregistered.sql").read_text(encoding="utf-8")
    con.execute(text.format(auto=model.auto, only=only))
