"""The home's log of a run: what its steps say, what fails, and how long each step took, as Dagster hears of it."""

import logging
from collections.abc import Iterator
from functools import cache
from typing import Any

import dagster as dg

from assets.run_outcome import failed_checks, failures
from integration.contracts import contracts
from warehouse.settings import Home
from warehouse.structured_log import home_logger

RUN_LOG = "home"
"""The key of this logger in the configuration of a job."""
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}, RUN_LOG: {}}}
"""The configuration of a run: what a person reads on a terminal, the command line says; the event log has all of it."""
_TOLD = {
    dg.DagsterEventType.RUN_START: (logging.INFO, "The run began."),
    dg.DagsterEventType.RUN_SUCCESS: (logging.INFO, "The run ended well."),
    dg.DagsterEventType.RUN_FAILURE: (logging.ERROR, "The run failed."),
    dg.DagsterEventType.RUN_CANCELED: (logging.WARNING, "The run was cancelled."),
}


@dg.logger(None, "Writes <home>/logs: one JSON object a line.")
def run_log(context: dg.InitLoggerContext) -> logging.Logger:
    """Give the logger that Dagster hands every message and event of a run to."""
    heard = logging.Logger("padan.run", logging.DEBUG)  # the level at which Dagster tells of events
    heard.addHandler(_Hearing(home_logger(Home.from_environment())))
    return heard


class _Hearing(logging.Handler):
    """Passes on what is worth a line; of an event never its own text, which may hold an error's."""

    def __init__(self, log: logging.Logger) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Pass on one message or event of Dagster."""
        meta: dict[str, Any] = getattr(record, "dagster_meta", {})
        about = {"run": meta.get("run_id"), "job": meta.get("job_name"), **_step(meta.get("step_key"))}
        event: dg.DagsterEvent | None = meta.get("dagster_event")
        if event is None:
            self._log.log(record.levelno, "%s", meta.get("orig_message", ""), extra=about)
            return
        for level, text, more in _lines(event):
            self._log.log(level, "%s", text, extra={**about, **more})


def _lines(event: dg.DagsterEvent) -> Iterator[tuple[int, str, dict[str, float]]]:
    if event.event_type in _TOLD:
        yield (*_TOLD[event.event_type], {})
    elif event.event_type is dg.DagsterEventType.STEP_SUCCESS:
        yield logging.INFO, "done", {"seconds": round(event.step_success_data.duration_ms / 1000, 3)}
    elif checks := failed_checks([event]):
        for name, text, severity in checks:
            yield logging.ERROR if severity == "ERROR" else logging.WARNING, f"Check {name} failed: {text}", {}
    else:
        for text in failures([event]):
            yield logging.ERROR, text, {}


@cache
def _step(key: str | None) -> dict[str, str | None]:
    """Give the step as people name it, and whose data it is about where it is one agency's."""
    if key is None:
        return {"step": None}
    name = key.partition("__")[2]
    contract = contracts().get(name.partition("__")[0])
    agencies = {one.agency for one in contracts().values()}
    return {
        "step": key.replace("__", "/"),
        "dataset": contract.dataset if contract else None,
        "agency": contract.agency if contract else (name if name in agencies else None),
    }
