"""How a run ended, read from its events: the same sentences for a terminal, an e-mail and a page."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from dagster_shared.error import SerializableErrorInfo

Events = Sequence[dg.DagsterEvent]
_STOPPED = "The run was stopped by a signal (a time limit, a service that ends, Ctrl-C); what was in force stays so."


def events_of(instance: dg.DagsterInstance, run_id: str) -> list[dg.DagsterEvent]:
    """Give the events of a run that ended, from its history."""
    return [entry.dagster_event for entry in instance.all_logs(run_id) if entry.dagster_event]


def published(events: Events) -> bool:
    """Say whether the publication was put in force, whatever came after it."""
    return any(
        event.event_type_value == "ASSET_MATERIALIZATION"
        and event.asset_key is not None
        and event.asset_key.path == ["targeting", "publication"]
        for event in events
    )


def failures(events: Events) -> list[str]:
    """Say why steps failed and which blocking checks did, one sentence each."""
    said = [
        _said_on_purpose(event.engine_event_data.error) or _cause(event.engine_event_data.error)
        for event in events
        if event.event_type_value == "RESOURCE_INIT_FAILURE"  # the home could not be opened
    ]
    said += [
        failure.description if failure and failure.description else _cause(event.step_failure_data.error)
        for event in events
        if event.is_step_failure and "AssetCheckFailed" not in str(event.step_failure_data.error)
        for failure in [event.step_failure_data.user_failure_data]
    ]
    said += [f"Check {name} failed: {text}" for name, text, severity in failed_checks(events) if severity == "ERROR"]
    return list(dict.fromkeys(said))


def warnings(events: Events) -> list[str]:
    """Give the sentence of every check of severity WARN that did not pass."""
    return [f"{name}: {text}" for name, text, severity in failed_checks(events) if severity == "WARN"]


def failed_checks(events: Iterable[dg.DagsterEvent]) -> list[tuple[str, str, str]]:
    """Give name, sentence and severity of every check that did not pass."""
    checks = [
        event.asset_check_evaluation_data for event in events if event.event_type_value == "ASSET_CHECK_EVALUATION"
    ]
    return [
        (check.asset_check_key.to_user_string(), check.description or "", check.severity.name)
        for check in checks
        if not check.passed
    ]


def _said_on_purpose(error: "SerializableErrorInfo | None") -> str | None:
    """Give the sentence of a failure that `told_as_failure` made; None for any other error."""
    return error.message.partition(": ")[2].strip() if error and error.cls_name == "Failure" else None


def _cause(error: object) -> str:
    """Name the innermost cause of an unforeseen failure by its kind alone: its text may hold a row."""
    while getattr(error, "cause", None) is not None:
        error = error.cause  # type: ignore[attr-defined]
    kind = getattr(error, "cls_name", None) or type(error).__name__
    if kind == "DagsterExecutionInterruptedError":
        return _STOPPED
    return f"An unforeseen {kind} stopped a step; the run's log in `./padan ui` shows where."
