"""A recipient asks its own snapshot: what the policy grants, opened, asked, and logged before anything is shown."""

import datetime as dt
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from warehouse.access_log import record
from warehouse.entitlements import NotEntitled, Unit, policy_in_force
from warehouse.errors import HomeError, NothingPublished, PadanError
from warehouse.query.session import Answer, Limits, Outcome, QueryNotAnswered, Session, session
from warehouse.settings import Home
from warehouse.snapshots.encryption import decrypt_file
from warehouse.snapshots.layout import ENCRYPTED
from warehouse.snapshots.reading import StandingSnapshot, current_snapshot, standing_snapshot
from warehouse.wall_clock import today

TARGETS_LOGGED = 1_000
"""Rows up to which the log names the targets that were shown; a longer answer is named by its tables."""
_NUMBER = re.compile(r"\d{6}")


@dataclass(frozen=True)
class Asker:
    """A recipient's unit in front of its snapshot; from `open_snapshot`."""

    home: Home
    unit: Unit
    snapshot: StandingSnapshot
    session: Session
    private: Path
    """A folder that its owner alone reads, gone when the snapshot is closed."""
    purpose: str | None

    def ask(self, sql: str, most: int, *, whole: bool) -> Answer:
        """Ask one statement; raises `QueryNotAnswered`, which is in the log by then.

        At most that many rows come back: where there are more, the answer is cut (`Answer.more`), or, if it has to be
        `whole`, not given. What is given is not in the log yet: `handed_out` puts it there.
        """
        answer = self.session.ask(sql, most)
        if answer.more and whole:
            why = f"The answer has more than {most:,} rows, and a file is never cut. Ask for fewer, or raise --rows."
            answer = replace(answer, outcome=Outcome.REFUSED, why=why)
        if answer.outcome is not Outcome.ANSWERED:
            self._record("query", answer, rows=0)
            raise QueryNotAnswered(answer.why)
        return answer

    def handed_out(self, answer: Answer, export_sha256: str | None = None) -> None:
        """Log an answer, before it is shown or its file (of that SHA-256) given; raises `HomeError` if it cannot be."""
        self._record("export" if export_sha256 else "query", answer, answer.rows.num_rows, export_sha256)

    def _record(self, action: str, answer: Answer, rows: int, export_sha256: str | None = None) -> None:
        targets = (
            sorted({one for one in answer.rows["target_id"].to_pylist() if isinstance(one, str)})
            if "target_id" in answer.rows.column_names and 0 < rows <= TARGETS_LOGGED
            else []
        )
        record(
            self.home,
            action,
            self.unit,
            view=", ".join(answer.tables) or None,
            rows=rows,
            purpose=self.purpose,
            version=self.snapshot.version,
            export_sha256=export_sha256,
            detail={
                "outcome": str(answer.outcome),
                "sql": answer.sql,
                "tables": answer.tables,
                "targets": targets,
            },
        )


@contextmanager
def open_snapshot(
    home: Home,
    reader: str,
    *,
    purpose: str | None = None,
    version: str | None = None,
    identity: Path | None = None,
    limits: Limits | None = None,
    day: dt.date | None = None,
) -> Iterator[Asker]:
    """Open the snapshot of a reader (`dinkes`, `dinkes@35.09.27`) for questions; a refusal is in the log.

    `version` names an older snapshot that still stands, `identity` the file with the age key of a recipient whose
    snapshots are encrypted. Raises `NotEntitled` for who may not read (any more), `NothingPublished` where no such
    snapshot stands, `QueryNotAnswered` where it cannot be opened.
    """
    if not home.path.is_dir():
        raise HomeError(f"There is no home {home.path}. Name the one you meant with --home or PADAN_HOME.")
    unit = None
    with tempfile.TemporaryDirectory(prefix="padan-query-", dir=_private(home)) as private:
        try:
            unit = policy_in_force(home).unit(reader)
            _check_valid(unit, day or today())
            _check_purpose(purpose)
            snapshot = standing_snapshot(home, unit, version) if version else current_snapshot(home, unit)
            database = _database(snapshot, unit, identity, Path(private))
        except PadanError as refused:
            detail = {"outcome": str(Outcome.REFUSED), "why": type(refused).__name__}
            record(home, "query", unit, rows=0, detail=detail)
            raise
        with session(database, limits or Limits()) as opened:
            yield Asker(home, unit, snapshot, opened, Path(private), purpose)


def _check_valid(unit: Unit, day: dt.date) -> None:
    recipient = unit.recipient
    if not recipient.is_valid(day):
        raise NotEntitled(
            f"The access of {recipient.name} ended on {recipient.valid_until:%Y-%m-%d}. "
            "Whoever decides on access sets a new valid_until in policy.yaml."
        )


def _check_purpose(purpose: str | None) -> None:
    if purpose is not None and (len(purpose) > 200 or _NUMBER.search(purpose) or not purpose.isprintable()):
        raise QueryNotAnswered(
            "The purpose goes into the access log: write it in at most 200 characters, and no number of a person in it."
        )


def _private(home: Home) -> Path:
    """Give the folder of the home where files may stand that only its owner reads."""
    home.temporary.mkdir(mode=0o700, parents=True, exist_ok=True)
    return home.temporary


def _database(snapshot: StandingSnapshot, unit: Unit, identity: Path | None, private: Path) -> Path:
    """Give the DuckDB file of a snapshot; of an encrypted one a decrypted copy in the private folder."""
    if snapshot.database.is_file():
        return snapshot.database
    encrypted = snapshot.database.with_name(snapshot.database.name + ENCRYPTED)
    if not encrypted.is_file():
        raise NothingPublished(
            f"The snapshot {snapshot.version} of {unit.name} holds no {snapshot.database.name}: the policy gives "
            f"{unit.recipient.name} {', '.join(unit.recipient.formats)} only."
        )
    if identity is None:
        raise QueryNotAnswered(
            f"The snapshots of {unit.recipient.name} are encrypted for it: name the file that holds its private key "
            "with --identity."
        )
    clear = private / snapshot.database.name
    decrypt_file(encrypted, identity, clear)
    return clear
