"""Whether a daemon is at work on a home: each of its threads writes down twice a minute that it lives."""

import dagster as dg
from dagster._daemon.controller import get_daemon_statuses

SILENT_AFTER = 300
"""Seconds. Dagster waits half an hour; the longest that a thread of ours is busy is one look of a sensor, a minute."""


def silent_threads(instance: dg.DagsterInstance) -> list[str]:
    """Give the daemon's threads that have said nothing for `SILENT_AFTER` seconds, or never anything.

    One that met errors and goes on is at work: what failed is told where it failed.
    """
    beats = get_daemon_statuses(
        instance, instance.get_required_daemon_types(), ignore_errors=True, heartbeat_tolerance_seconds=SILENT_AFTER
    )
    return sorted(name for name, status in beats.items() if not status.healthy)
