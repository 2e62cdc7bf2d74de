"""The summary of a run as one HTML file that needs nothing from elsewhere, for the screen and for A4."""

import datetime as dt
import string
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

from integration.indicators.indicators import load_indicators
from integration.reports.written import day, number
from integration.run_summary.words import summary_words
from integration.run_summary.written import age, clock, date, gigabytes, period

_FOLDER = Path(__file__).parent
_STYLE = _FOLDER.parent / "reports" / "month_page.css"
Cell = str | int | float | None


def summary_page(summary: dict[str, Any]) -> str:
    """Give the page of a summary."""
    words = summary_words()
    template = string.Template((_FOLDER / "page.html").read_text(encoding="utf-8"))
    return template.substitute(
        title=escape(f"{words.page['title']}: {clock(summary['run']['started_at'])}"),
        style=_STYLE.read_text(encoding="utf-8"),
        sentence=escape(summary["run"]["sentence"]),
        tiles="\n".join(_tiles(summary)),
        facts="".join(f"<dt>{escape(name)}</dt><dd>{escape(fact)}</dd>" for name, fact in _facts(summary)),
        sections="\n".join(_sections(summary)),
    )


def _tiles(summary: dict[str, Any]) -> Iterator[str]:
    words, run, publication = summary_words(), summary["run"], summary["publication"]
    yield _tile(words.page["outcome"], words.outcomes[run["outcome"]].short, period(run["period"]), good=run["good"])
    if publication:
        yield _tile(
            words.page["publication"], period(publication["period"]), age(publication["age_seconds"]), good=True
        )
    else:
        yield _tile(words.page["publication"], words.page["none"], "", good=False)
    refused = sum(one["refused"] for one in summary["datasets"])
    yield _tile(words.page["refusals"], number(refused), "", good=not refused)
    failed, warned = (len(summary["checks"]["failed"][severity]) for severity in ("error", "warn"))
    yield _tile(
        words.page["checks_error"], number(failed), f"{words.page['checks_warn']}: {number(warned)}", good=not failed
    )


def _tile(label: str, value: str, note: str, *, good: bool) -> str:
    return (
        f'<div class="tile{"" if good else " bad"}"><small>{escape(label)}</small><b>{escape(value)}</b>'
        f"<small>{escape(note)}</small></div>"
    )


def _facts(summary: dict[str, Any]) -> Iterator[tuple[str, str]]:
    page, run, publication = summary_words().page, summary["run"], summary["publication"]
    yield page["run"], f"{run['id']} ({run['job']})"
    yield page["started"], clock(run["started_at"])
    yield page["ended"], clock(run["ended_at"])
    yield page["seconds"], f"{number(run['seconds'], 1)} s"
    if publication:
        yield page["publication"], f"{publication['version']}, {clock(publication['published_at'])}"


def _sections(summary: dict[str, Any]) -> Iterator[str]:
    words, datasets, checks = summary_words(), summary["datasets"], summary["checks"]
    yield _list(words.page["failures"], summary["run"]["failures"])
    yield _list(words.page["refusals"], [text for one in datasets for text in one["refusals"]])
    yield _deliveries(datasets)
    for severity, found in checks["failed"].items():
        lines = [(one["check"], one["sentence"]) for one in found]
        yield _table(words.page[f"checks_{severity}"], ("check", "sentence"), lines)
    yield _list(words.page["warnings"], [text for one in datasets for text in one["warnings"]])
    yield from _counts(summary)
    stages = [(words.stages.get(stage, stage), taken) for stage, taken in summary["stages"].items()]
    yield _table(words.page["stages"], ("stage", "seconds"), stages)
    yield _machine(summary)


def _deliveries(datasets: Iterable[dict[str, Any]]) -> str:
    words = summary_words()
    lines = []
    for one in datasets:
        standing, rate = one["in_force"], one["match_rate"]
        lines.append(
            (
                words.agencies[one["agency"]],
                one["title"],
                standing and period(standing["period"]),
                standing and date(standing["received_at"]),
                standing and standing["age_days"],
                one["due"] and day(dt.date.fromisoformat(one["due"])),
                one["late_by_days"],
                *(one[name] for name in ("accepted", "unchanged", "refused")),
                *(standing and _shown(standing[name]) for name in ("rows_read", "rows_refused", "rows_skipped")),
                None if rate is None else f"{number(100 * rate, 2)}%",
            )
        )
    columns = (
        *("agency", "dataset", "period", "received", "age", "due", "late_by_days", "accepted", "unchanged", "refused"),
        *("rows_read", "rows_refused", "rows_skipped", "match_rate"),
    )
    return _table(words.page["deliveries"], columns, lines)


def _counts(summary: dict[str, Any]) -> Iterator[str]:
    words = summary_words()
    note = words.page["hidden_note"].format(below=load_indicators().hidden_below)
    subjects = list(words.subjects)
    for group, name, labels in (("targets", "tier", {}), ("changes", "change", words.changes)):
        lines = [
            (labels.get(one[name], one[name]), *(_shown(one[subject]) for subject in subjects))
            for one in summary[group]
        ]
        yield _table(words.page[group], (name, *subjects), lines, note)
    if summary["publication"]:
        tables = [(name, _shown(rows)) for name, rows in summary["publication"]["tables"].items()]
        yield _table(words.page["tables"], ("table", "rows"), tables, note)


def _machine(summary: dict[str, Any]) -> str:
    words, machine, versions = summary_words(), summary["machine"], summary["versions"]
    unknown = words.page["unknown"]
    cpu, snapshots = machine["cpu_seconds"], summary["snapshots"]
    told: dict[str, Cell] = {
        "judged": summary["checks"]["judged"],
        "steps_made": summary["steps"]["made"],
        "steps_unchanged": summary["steps"]["unchanged"],
        "snapshots_made": snapshots["made"],
        "snapshots_kept": snapshots["kept"],
        "withdrawn": snapshots["withdrawn"],
        "postgres": snapshots["postgres"],
        "peak_memory": gigabytes(machine["peak_memory_bytes"]),
        "cpu": unknown if cpu is None else f"{number(cpu, 1)} s",
        "disk_free": gigabytes(machine["disk_free_bytes"]),
        "alerts_waiting": summary["alerts"]["waiting"],
        **{name: versions[name] for name in ("padan", "duckdb", "dagster", "model", "policy")},
        "rules": ", ".join(versions["rules"]) or None,
    }
    facts = "".join(
        f"<dt>{escape(words.facts[name])}</dt><dd>{escape(unknown if fact is None else str(fact))}</dd>"
        for name, fact in told.items()
    )
    return f"<section><h2>{escape(words.page['machine'])}</h2><dl>{facts}</dl></section>"


def _shown(value: Cell) -> Cell:
    """Give a count; one that is hidden says so."""
    return summary_words().page["hidden"] if value is None else value


def _list(title: str, texts: Sequence[str]) -> str:
    """Give a section with a list; nothing where there is none to tell."""
    if not texts:
        return ""
    items = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return f"<section><h2>{escape(title)}</h2><ul>{items}</ul></section>"


def _table(title: str, columns: Sequence[str], lines: Sequence[Sequence[Cell]], note: str = "") -> str:
    """Give a section with a table; nothing where it has no line."""
    if not lines:
        return ""
    labels = {**summary_words().columns, **summary_words().subjects}
    head = "".join(f"<th>{escape(labels[column])}</th>" for column in columns)
    body = "\n".join(f"<tr>{''.join(map(_cell, line))}</tr>" for line in lines)
    said = f'<p class="note">{escape(note)}</p>' if note else ""
    table = f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table></div>'
    return f"<section><h2>{escape(title)}</h2>{said}{table}</section>"


def _cell(cell: Cell) -> str:
    if isinstance(cell, int | float):
        return f'<td class="number">{number(cell, 1 if isinstance(cell, float) else 0)}</td>'
    kind = ' class="untold"' if cell == summary_words().page["hidden"] else ""
    return f"<td{kind}>{escape(cell or '')}</td>"
