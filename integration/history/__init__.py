"""What was published when, and what changed between two publications."""

from integration.history.comparison import Comparison, compare
from integration.history.naming import named_pair, publication_named
from integration.history.row_file import write_rows
from integration.history.standing import Standing, moves_on, standing_publications

__all__ = [
    "Comparison",
    "Standing",
    "compare",
    "moves_on",
    "named_pair",
    "publication_named",
    "standing_publications",
    "write_rows",
]
