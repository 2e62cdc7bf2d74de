"""What is told of a run that ended, whoever tells it: the command line, or the daemon's sensors.

Whoever tells first tells what could not be told before (`send_late`), so that messages come in their order.
"""

import datetime as dt
import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from integration.alerts import Message, Sent, first_to_tell, send
from integration.run_summary import daily_text, named_summary, note_broken_off, write_metrics
from warehouse.errors import NothingPublished, PadanError
from warehouse.publication import current_publication
from warehouse.settings import Home

_SUBJECT = 200
"""Characters of a subject."""
_NEWS = dt.timedelta(hours=24)
"""For which the summary of a run is worth a message."""


def tell_run(home: Home, run_id: str, failures: Sequence[str], warnings: Sequence[str]) -> list[Sent]:
    """Tell those whom `alerts.yaml` names that a run failed or left warnings, unless somebody told it before.

    Never raises. A run of which there is nothing to say is told by its summary alone.
    """
    if not (failures or warnings) or not home.alerts.exists() or not first_to_tell(home, run_id):
        return []
    text = "\n".join(
        [
            *(["What failed:", *_listed(failures), ""] if failures else []),
            *([f"Warnings ({len(warnings)}), which stopped nothing:", *_listed(warnings), ""] if warnings else []),
            _in_force(home),
            f"Run {run_id}: the Dagster UI shows each step (./padan ui --home …).",
            "",
        ]
    )
    if failures:
        about, said = "failure", f"FAILED. {failures[0]}"
    else:
        about, said = "warning", f"done, with {len(warnings)} warning{'s' if len(warnings) > 1 else ''}"
    name = home.path.name
    return send(home, {about: Message(about, f"Padan {name}: {said}"[:_SUBJECT], text, home=name, run_id=run_id)})


def tell_summary(home: Home, page: Path) -> list[Sent]:
    """Tell those who asked for it how a night went; `page` is that of its summary.

    Of a night that ended long ago nobody is told: a home that gets its first `alerts.yaml`, or is upgraded, would
    send all that it remembers.
    """
    if not home.alerts.exists():
        return []
    summary = named_summary(home, page.stem)
    run = summary["run"]
    ended = dt.datetime.fromisoformat(run["ended_at"])
    if (
        run["job"] != "nightly"
        or dt.datetime.now(dt.UTC) - ended > _NEWS
        or not first_to_tell(home, f"{run['id']}.summary")
    ):
        return []
    subject, text = daily_text(summary, str(page))
    return send(home, {"summary": Message("summary", subject[:_SUBJECT], text, home=home.path.name, run_id=run["id"])})


def tell_stopped(home: Home, error: Exception) -> list[Sent]:
    """Tell that a run could not begin, or broke off before it could say how it ended; the home remembers it, too.

    Never raises. Of an unforeseen error only its kind is told: its text may hold a row.
    """
    said = str(error) if isinstance(error, PadanError) else f"An unforeseen {type(error).__name__} stopped the run."
    if note_broken_off(home, said):
        with suppress(Exception):  # what cannot be counted is told all the same
            write_metrics(home)
    subject = f"Padan {home.path.name}: FAILED. {said}"[:_SUBJECT]
    return send(home, {"failure": Message("failure", subject, f"{said}\n\n{_in_force(home)}\n", home=home.path.name)})


def log_sent(log: logging.Logger, sent: Iterable[Sent]) -> None:
    """Write into the log of a sensor whom an alert reached, and whom not and why."""
    for one in sent:
        log.info(one.wrong or f"told: {one.where}")


def _listed(sentences: Sequence[str]) -> list[str]:
    return [f"  - {sentence}" for sentence in sentences]


def _in_force(home: Home) -> str:
    try:
        publication = current_publication(home)
    except NothingPublished:
        return "No publication is in force."
    except Exception:  # whatever is wrong there, what is to be told is told
        return "What is in force could not be read."
    return f"In force: publication {publication.version}, for {publication.facts['period']}."
