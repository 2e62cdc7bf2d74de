"""What a run did, for whoever was not there: one set of facts, as JSON, page, e-mail and metrics."""

from integration.run_summary.compose import Summary, summarise
from integration.run_summary.folder import (
    damaged_summaries,
    latest_summary,
    named_summary,
    summaries,
    summarised,
    write_summary,
)
from integration.run_summary.metrics import metrics_text, write_metrics
from integration.run_summary.record import Check, Record, Step
from integration.run_summary.text import daily_text

__all__ = [
    "Check",
    "Record",
    "Step",
    "Summary",
    "daily_text",
    "damaged_summaries",
    "latest_summary",
    "metrics_text",
    "named_summary",
    "summaries",
    "summarise",
    "summarised",
    "write_metrics",
    "write_summary",
]
