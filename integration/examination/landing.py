"""Landed files against the hashes that are their names, and against the books of intake."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from integration.examination.finding import Examined, Finding, Repair, named
from integration.examination.set_aside import set_aside
from integration.intake.landing import land
from integration.retention import retention_in_force
from warehouse.database import rows, table_exists
from warehouse.digest import file_sha256
from warehouse.errors import HomeError
from warehouse.settings import Home, remembered_extracts

_ABOUT = "landed files"
_BOOKED = """
    SELECT sha256, any_value(source_file), max(received_at)::DATE
    FROM agency_extracts.source_file
    JOIN agency_extracts.delivery USING (delivery_id)
    GROUP BY sha256
    ORDER BY sha256
"""


@dataclass(frozen=True)
class _Booked:
    """A file that was taken in: its hash, its path in the folder of extracts, and the day it came last."""

    sha256: str
    source_file: str
    received: dt.date


def examine_landing(examined: Examined) -> list[Finding]:
    """Compare every landed file with the hash that is its name, and with what the books say was taken in."""
    home = examined.home
    landed = {path.stem: path for path in home.landing.glob("*/*") if path.is_file()}
    booked = _books(examined)
    found = [_damaged(home, path, booked.get(sha256)) for sha256, path in landed.items() if file_sha256(path) != sha256]
    found += _missing(examined, [one for sha256, one in booked.items() if sha256 not in landed])
    unbooked = sorted(set(landed) - set(booked))
    if booked and unbooked:
        says = f"{len(unbooked)} stand in no book: of refused deliveries, or of books that were lost. They stay."
        found.append(Finding(_ABOUT, "told", says))
    return found or [Finding(_ABOUT, "ok", f"{len(landed):,} are what their names say.")]


def _books(examined: Examined) -> dict[str, _Booked]:
    con = examined.connection
    if con is None or not table_exists(con, "agency_extracts", "source_file"):
        return {}
    return {str(one[0]): _Booked(*one) for one in rows(con, _BOOKED)}


def _damaged(home: Home, path: Path, booked: _Booked | None) -> Finding:
    def mend() -> None:
        set_aside(home, path)
        if booked and _delivered(home, booked):
            land(_where_delivered(home, booked), booked.sha256, home)

    says = f"{path.relative_to(home.path)} does not have the hash that is its name: it is not what was delivered. "
    if booked and _delivered(home, booked):
        done = f"{path.name} was set aside and landed again from the folder of deliveries"
        return Finding(_ABOUT, "broken", f"{says}It still lies in the folder of deliveries.", Repair(done, mend))
    says += "What was read of it stands. Restore it from the backup; --repair sets it aside."
    return Finding(_ABOUT, "broken", says, Repair(f"{path.name} was set aside; restore it from the backup", mend))


def _missing(examined: Examined, missing: list[_Booked]) -> list[Finding]:
    """Tell of files that were taken in and are there no more; those that retention removes by now are no fault."""
    limit = retention_in_force(examined.home).rules["raw_files"].limit(examined.now.date())
    lost = [one for one in missing if limit is None or one.received >= limit]
    if not lost:
        return []
    home = examined.home
    there = [one for one in lost if _delivered(home, one)]
    says = f"{len(lost)} of the books are missing: {named([one.sha256[:12] for one in lost])}. "
    if not there:
        return [Finding(_ABOUT, "broken", f"{says}What was read of them stands. Restore landing/ from the backup.")]
    says += f"{len(there)} still lie in the folder of deliveries; restore others from the backup."
    done = f"{len(there)} were landed again from the folder of deliveries"
    return [Finding(_ABOUT, "broken", says, Repair(done, lambda: _land_all(home, there)))]


def _land_all(home: Home, booked: list[_Booked]) -> None:
    for one in booked:
        land(_where_delivered(home, one), one.sha256, home)


def _where_delivered(home: Home, booked: _Booked) -> Path:
    """Give where a file lay when it was delivered."""
    return remembered_extracts(home) / booked.source_file


def _delivered(home: Home, booked: _Booked) -> bool:
    """Say whether the very bytes still lie where they were delivered."""
    try:
        return file_sha256(_where_delivered(home, booked)) == booked.sha256
    except (OSError, HomeError):
        return False
