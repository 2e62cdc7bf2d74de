"""What a run did, for whoever was not there: one set of facts, as JSON, page, e-mail and metrics."""

from integration.run_summary.broken_off import BROKEN_OFF, broken_off, note_broken_off
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
    "BROKEN_OFF",
    "Check",
    "Record",
    "Step",
    "Summary",
    "broken_off",
    "daily_text",
    "damaged_summaries",
    "latest_summary",
    "metrics_text",
    "named_summary",
    "note_broken_off",
    "summaries",
    "summarise",
    "summarised",
    "write_metrics",
    "write_summary",
]
