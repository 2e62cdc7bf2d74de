"""The summary of a run as a short plain text for an e-mail."""

from collections.abc import Iterator, Sequence
from typing import Any

from integration.reports.written import number
from integration.run_summary.words import summary_words
from integration.run_summary.written import age, clock, date, period

_TOLD = 5
"""Sentences of one kind that the text quotes; the page has all of them."""


def daily_text(summary: dict[str, Any], page: str | None = None) -> tuple[str, str]:
    """Give subject and text; `page` says where the reader finds the whole of it."""
    return _subject(summary), "\n".join(_lines(summary, page)) + "\n"


def _subject(summary: dict[str, Any]) -> str:
    words = summary_words()
    counts = {
        "refused": sum(one["refused"] for one in summary["datasets"]),
        "failed": len(summary["checks"]["failed"]["error"]),
        "warned": len(summary["checks"]["failed"]["warn"]),
    }
    notes = words.mail["notes"].format(**counts) if any(counts.values()) else ""
    run = summary["run"]
    outcome = words.outcomes[run["outcome"]].short
    return words.mail["subject"].format(outcome=outcome, period=period(run["period"]), notes=notes)


def _lines(summary: dict[str, Any], page: str | None) -> Iterator[str]:
    mail, run, publication = summary_words().mail, summary["run"], summary["publication"]
    yield run["sentence"]
    yield mail["run"].format(
        run=run["id"][:8],
        job=run["job"],
        started=clock(run["started_at"]),
        ended=clock(run["ended_at"]),
        seconds=number(run["seconds"]),
    )
    if publication:
        yield mail["publication"].format(
            period=period(publication["period"]),
            published=clock(publication["published_at"]),
            age=age(publication["age_seconds"]),
        )
    else:
        yield mail["no_publication"]
    if summary["targets"]:
        yield mail["targets"].format(told=_targets(summary["targets"]))
    yield from _quoted(mail["failures"], run["failures"])
    yield from _quoted(mail["failed"], [one["sentence"] for one in summary["checks"]["failed"]["error"]])
    yield from _quoted(mail["refused"], [text for one in summary["datasets"] for text in one["refusals"]])
    yield from _deliveries(summary["datasets"]) if summary["deliveries_known"] else [mail["busy"]]
    if warned := summary["checks"]["failed"]["warn"]:
        yield mail["warned"].format(n=len(warned))
    snapshots = summary["snapshots"]
    if snapshots["made"] is not None:
        yield mail["snapshots"].format(made=number(snapshots["made"]), kept=number(snapshots["kept"]))
    if untold := summary.get("alerts", {}).get("waiting"):  # a summary of before Padan knew of it has none
        yield mail["untold"].format(n=untold)
    if page:
        yield mail["page"].format(page=page)


def _targets(tiers: Sequence[dict[str, Any]]) -> str:
    """Write the targets of each tier, all kinds together; a tier of which a part is hidden says so."""
    words = summary_words()
    told = []
    for one in tiers:
        parts = [one[subject] for subject in words.subjects]
        told.append(f"{one['tier']} {words.page['hidden'] if None in parts else number(sum(parts))}")
    return ", ".join(told)


def _quoted(heading: str, texts: Sequence[str]) -> Iterator[str]:
    """Give a heading and its sentences, the first few of them."""
    if texts:
        yield heading.format(n=len(texts))
        yield from (f"- {text}" for text in texts[:_TOLD])
        if len(texts) > _TOLD:
            yield summary_words().mail["more"].format(n=len(texts) - _TOLD)


def _deliveries(datasets: Sequence[dict[str, Any]]) -> Iterator[str]:
    words = summary_words()
    mail = words.mail
    yield mail["deliveries"]
    for one in datasets:
        names = {"agency": words.agencies[one["agency"]], "dataset": one["title"]}
        standing = one["in_force"]
        if standing is None:
            yield mail["no_delivery"].format(**names)
            continue
        yield mail["delivery"].format(
            **names,
            period=period(standing["period"]),
            received=date(standing["received_at"]),
            age=standing["age_days"],
            late=mail["late"].format(days=one["late_by_days"]) if one["late_by_days"] else "",
            new=mail["new"] if one["accepted"] else "",
        )
