"""From the record of a run, and the home as it left it, to one set of facts: what `fields.yaml` declares.

Nothing in it speaks of a person, and no number of people below the limit of the published indicators stands there.
"""

import datetime as dt
import shutil
import tomllib
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from integration.alerts import waiting
from integration.contracts import Contract, contracts
from integration.indicators.indicators import load_indicators
from integration.indicators.suppression import Cell, hidden_cells
from integration.intake.freshness import Freshness, freshness
from integration.intake.promises import promises_of
from integration.run_summary.record import Check, Record
from integration.run_summary.words import summary_words
from warehouse.database import Connection, reader, rows, table_exists
from warehouse.entitlements import policy_in_force
from warehouse.errors import DeclarationError, HomeError, NothingPublished
from warehouse.publication import Publication, current_publication
from warehouse.settings import Home
from warehouse.wall_clock import WIB

Summary = dict[str, Any]
"""The facts of one run, ready for JSON; `fields.yaml` says what each of them is."""
SCHEMA = 1
"""Raised when a field changes its meaning or goes; a new field does not raise it."""
_PROJECT = Path(__file__).parents[2] / "pyproject.toml"


def summarise(record: Record, home: Home, before: Summary | None = None) -> Summary:
    """Give the facts of a run that is over; `before` is the summary of the run before it.

    What the working database knows of deliveries is null while another program has it open.
    """
    publication = publication_in_force(home)
    made = publication is not None and publication.facts["run_id"] == record.run_id
    words = summary_words()
    period = _period(record, publication if made else None)
    in_force = _in_force(home)
    return {
        "schema": SCHEMA,
        "run": {
            "id": record.run_id,
            "job": record.job,
            "started_at": _clock(record.started),
            "ended_at": _clock(record.ended),
            "seconds": round((record.ended - record.started).total_seconds(), 1),
            "outcome": record.outcome,
            "sentence": words.outcomes[record.outcome].sentence,
            "good": words.outcomes[record.outcome].good,
            "period": period,
            "failures": list(record.failures),
        },
        "publication": None if publication is None else told_of(publication, record.ended, record.run_id),
        "deliveries_known": in_force is not None,
        "datasets": _datasets(record, in_force, _promised(home, record.ended.astimezone(WIB).date()), before),
        "checks": {
            "judged": record.checks_judged,
            "failed": {
                severity.lower(): [_check(one) for one in record.failed_checks if one.severity == severity]
                for severity in ("ERROR", "WARN")
            },
        },
        **(_targets(publication) if publication else {"targets": [], "changes": []}),
        "snapshots": _snapshots(record),
        "steps": {
            "made": sum(1 for one in record.steps if not one.unchanged),
            "unchanged": sum(1 for one in record.steps if one.unchanged),
        },
        "stages": _stages(record),
        "alerts": {"waiting": len(waiting(home))},
        "machine": {
            "peak_memory_bytes": record.peak_memory_bytes,
            "cpu_seconds": record.cpu_seconds,
            "disk_free_bytes": shutil.disk_usage(home.path).free,
        },
        "versions": _versions(home, publication),
    }


def _clock(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="seconds")


def publication_in_force(home: Home) -> Publication | None:
    """Give the publication in force; None where there is none."""
    try:
        return current_publication(home)
    except NothingPublished:
        return None


def _period(record: Record, made: Publication | None) -> str | None:
    """Give the period of the run: of what it published, else of what it computed; None where it did not come so far."""
    if made is not None:
        return str(made.facts["period"])
    found = [facts["period"] for facts in record.said.values() if "period" in facts]
    return str(found[0]) if found else None


def told_of(publication: Publication, now: dt.datetime, run_id: str) -> dict[str, Any]:
    """Give the facts of a publication as a run leaves it, or as it is found later."""
    published_at = dt.datetime.fromisoformat(publication.facts["published_at"])
    below = load_indicators().hidden_below
    return {
        "version": publication.version,
        "period": publication.facts["period"],
        "published_at": _clock(published_at),
        "age_seconds": max(0, round((now - published_at).total_seconds())),
        "made_by_this_run": publication.facts["run_id"] == run_id,
        "tables": {
            name: None if 0 < number < below else number for name, number in publication.facts["tables"].items()
        },
    }


def _check(check: Check) -> dict[str, str]:
    return {"check": check.name, "sentence": check.sentence}


def _datasets(
    record: Record,
    in_force: Mapping[str, dict[str, Any]] | None,
    promised: Mapping[str, Freshness],
    before: Summary | None,
) -> list[dict[str, Any]]:
    known = {one["dataset"]: one for one in before["datasets"]} if before else {}
    return [
        _dataset(
            record,
            contract,
            in_force,
            promised.get(contract.dataset),
            known.get(contract.dataset, {}),
            record.ended.date(),
        )
        for contract in contracts().values()
    ]


def _dataset(
    record: Record,
    contract: Contract,
    in_force: Mapping[str, dict[str, Any]] | None,
    promised: Freshness | None,
    before: Mapping[str, Any],
    today: dt.date,
) -> dict[str, Any]:
    said = record.said.get(f"agency_extracts/{contract.dataset}", {})
    links = record.said.get("matched_pairs/person_link", {})
    standing = None if in_force is None else in_force.get(contract.dataset)
    if standing:
        received = dt.datetime.fromisoformat(standing["received_at"])
        standing["age_days"] = max(0, (today - received.date()).days)
    rate = links.get(f"match_rate/{contract.dataset}")
    looked_at = f"agency_extracts/{contract.dataset}" in record.said
    refused = said.get("deliveries_refused", 0)
    return {
        "dataset": contract.dataset,
        "agency": contract.agency,
        "title": contract.title,
        "looked_at": looked_at,
        "accepted": said.get("deliveries_accepted", 0),
        "unchanged": said.get("deliveries_unchanged", 0),
        "refused": refused,
        # A run of another agency, or of a late month, does not know whether what was refused still lies there.
        "refused_last": refused if looked_at else before.get("refused_last", before.get("refused", 0)),
        "refusals": _lines(said.get("refusals")),
        "warnings": _lines(said.get("warnings")),
        "in_force": standing,
        # A night that matched nothing anew leaves the rate as it was.
        "match_rate": before.get("match_rate") if rate is None else round(float(rate), 6),
        "due": str(promised.due) if promised and promised.due else None,
        "late_by_days": promised.late_by_days if promised and promised.due else None,
    }


def _lines(markdown: object) -> list[str]:
    return [line[2:] for line in str(markdown or "").splitlines() if line.startswith("- ")]


def _in_force(home: Home) -> dict[str, dict[str, Any]] | None:
    """Give what is in force of each dataset; None where the working database cannot be asked."""
    try:
        with reader(home) as connection:
            return _asked(connection) if table_exists(connection, "agency_extracts", "delivery") else {}
    except HomeError:
        return None


def _promised(home: Home, today: dt.date) -> dict[str, Freshness]:
    """Give how each dataset stands against its promise; nothing where the working database cannot be asked."""
    try:
        promised = promises_of(home)
        with reader(home) as connection:
            if not table_exists(connection, "agency_extracts", "delivery"):
                return {}
            return {one.dataset: one for one in freshness(connection, today, promised)}
    except (HomeError, DeclarationError):
        return {}


def _asked(connection: Connection) -> dict[str, dict[str, Any]]:
    below = load_indicators().hidden_below
    found = {}
    for dataset, period, received, files, verified, read, refused, skipped in rows(
        connection,
        """
        SELECT dataset, max(period), max(received_at), count(*), bool_and(manifest_rows IS NOT NULL),
            sum(read_rows)::BIGINT, sum(refused_rows)::BIGINT,
            sum(skipped_title + skipped_header + skipped_blank + skipped_footer)::BIGINT
        FROM agency_extracts.source_file JOIN agency_extracts.delivery USING (delivery_id)
        WHERE status = 'in_force' GROUP BY dataset ORDER BY dataset
        """,
    ):
        found[dataset] = {
            "period": period,
            "received_at": _clock(received.replace(tzinfo=dt.UTC)),
            "age_days": None,
            "files": files,
            "verified": verified,
            "rows_read": None if 0 < read < below else read,  # deaths are few in a small kabupaten
            "rows_refused": refused,
            "rows_skipped": skipped,
        }
    return found


def _targets(publication: Publication) -> dict[str, list[dict[str, Any]]]:
    """Count what is published by tier and by change; what is small, or would tell of what is small, is null."""
    try:
        with duckdb.connect(str(publication.database), read_only=True) as connection:
            counted = rows(
                connection,
                "SELECT tier, coalesce(tier_change, 'belum'), subject_type, count(*) FROM targeting GROUP BY ALL",
            )
    except duckdb.Error:  # a publication that somebody damaged: `./padan doctor` says so
        return {"targets": [], "changes": []}
    return {
        "targets": _table([(tier, subject, n) for tier, _, subject, n in counted], "tier"),
        "changes": _table([(change, subject, n) for _, change, subject, n in counted], "change"),
    }


def _table(counted: list[tuple[str, str, int]], name: str) -> list[dict[str, Any]]:
    of_cell: dict[tuple[str, str], int] = {}
    for row, subject, number in counted:
        of_cell[row, subject] = of_cell.get((row, subject), 0) + number
    cells = {"/".join(key): Cell("all", (number,)) for key, number in of_cell.items()}
    hidden = hidden_cells({"all": Cell(None, (sum(of_cell.values()),)), **cells}, load_indicators().hidden_below)
    return [
        {
            name: row,
            **{
                subject: None if f"{row}/{subject}" in hidden else of_cell.get((row, subject), 0)
                for subject in summary_words().subjects
            },
        }
        for row in sorted({row for row, _ in of_cell})
    ]


def _snapshots(record: Record) -> dict[str, Any]:
    """Say what the agencies got; nulls where the run did not come so far."""
    said = record.said.get("targeting/agency_snapshots", {})
    standing, made = said.get("snapshots"), said.get("made")
    return {
        "made": made,
        "kept": int(standing) - int(made) if standing is not None and made is not None else None,
        "withdrawn": said.get("withdrawn"),
        "postgres": record.said.get("targeting/postgres", {}).get("loaded"),
    }


def _stages(record: Record) -> dict[str, float]:
    seconds: dict[str, float] = {}
    for step in record.steps:
        seconds[step.stage] = seconds.get(step.stage, 0.0) + step.seconds
    return {stage: round(taken, 1) for stage, taken in seconds.items()}


def _versions(home: Home, publication: Publication | None) -> dict[str, Any]:
    facts = publication.facts if publication else {}
    return {
        "padan": tomllib.loads(_PROJECT.read_text(encoding="utf-8"))["project"]["version"],
        "duckdb": duckdb.__version__,
        "dagster": version("dagster"),
        "model": facts.get("matching_model"),
        "rules": facts.get("rule_versions", []),
        "policy": _policy(home),
    }


def _policy(home: Home) -> str | None:
    try:
        return policy_in_force(home).label
    except DeclarationError:
        return None
