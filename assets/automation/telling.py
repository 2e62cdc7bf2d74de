"""What is told of a run that ended, whoever tells it: the command line, or the daemon's sensors."""

from collections.abc import Sequence

from integration.alerts import Message, Sent, first_to_tell, send
from warehouse.errors import NothingPublished, PadanError
from warehouse.publication import current_publication
from warehouse.settings import Home

_SUBJECT = 200
"""Characters of a subject."""


def tell_run(
    home: Home, run_id: str, failures: Sequence[str], warnings: Sequence[str], summary: str | None = None
) -> list[Sent]:
    """Tell how a run ended to whom `alerts.yaml` names, unless somebody told it before.

    `summary` is the text for those who asked for one; without it they get what the others get. Never raises.
    """
    if not home.alerts.exists() or not first_to_tell(home, run_id):
        return []
    in_force = _in_force(home)
    text = "\n".join(
        [
            *(["What failed:", *_listed(failures), ""] if failures else []),
            *([f"Warnings ({len(warnings)}), which stopped nothing:", *_listed(warnings), ""] if warnings else []),
            in_force,
            f"Run {run_id}: the Dagster UI shows each step (./padan ui --home …).",
            "",
        ]
    )
    if failures:
        subject = f"Padan {home.path.name}: FAILED. {failures[0]}"[:_SUBJECT]
    elif warnings:
        subject = f"Padan {home.path.name}: done, with {len(warnings)} warning{'s' if len(warnings) > 1 else ''}"
    else:
        subject = f"Padan {home.path.name}: done"
    about = [*(["failure"] if failures else ["warning"] if warnings else []), "summary"]
    texts = {"summary": f"{summary}\n\n{text}" if summary else text}
    return send(
        home,
        {one: Message(one, subject, texts.get(one, text), home=home.path.name, run_id=run_id) for one in about},
    )


def tell_stopped(home: Home, error: Exception) -> list[Sent]:
    """Tell that a run could not begin, or broke off before it could say how it ended. Never raises.

    Of an unforeseen error only its kind is told: its text may hold a row.
    """
    said = str(error) if isinstance(error, PadanError) else f"An unforeseen {type(error).__name__} stopped the run."
    subject = f"Padan {home.path.name}: FAILED. {said}"[:_SUBJECT]
    return send(home, {"failure": Message("failure", subject, f"{said}\n\n{_in_force(home)}\n", home=home.path.name)})


def _listed(sentences: Sequence[str]) -> list[str]:
    return [f"  - {sentence}" for sentence in sentences]


def _in_force(home: Home) -> str:
    try:
        publication = current_publication(home)
    except NothingPublished:
        return "No publication is in force."
    except (PadanError, OSError):
        return "What is in force could not be read."
    return f"In force: publication {publication.version}, for {publication.facts['period']}."
