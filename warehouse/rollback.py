"""Putting an earlier publication in force again, and everything that follows from which one is."""

from dataclasses import dataclass

from warehouse.access_log import record
from warehouse.database import no_run
from warehouse.digest import file_sha256
from warehouse.entitlements import policy_in_force
from warehouse.entitlements.archive import archive_policy
from warehouse.errors import NothingPublished, PadanError
from warehouse.pointer import ROLLBACK, point_to, pointed_to
from warehouse.postgres import configured_dsn, load_postgres
from warehouse.progress import Say, silent
from warehouse.publication import Publication, publications
from warehouse.settings import Home
from warehouse.snapshots import build_snapshots


class NotRolledBack(PadanError):
    """The publication that was asked for cannot be put in force, or not all that follows from it was done."""


@dataclass(frozen=True)
class RolledBack:
    """What is in force now, what was before (None where nothing was), and what was brought to it."""

    publication: Publication
    before: str | None
    snapshots: int
    postgres: bool


def roll_back(home: Home, wanted: str, say: Say = silent) -> RolledBack:
    """Put the publication whose version is, or alone begins with, `wanted` in force; an older or a newer one.

    Its files must be those that were published, by their hashes. The pointer moves in one step; then the agencies'
    snapshots follow, and PostgreSQL where it is configured. Calling it again finishes what broke off. A night that is
    going on is not interrupted: raises `HomeBusy`. Raises `NothingPublished` for a version that is not there, and
    `NotRolledBack` for one that is damaged or when not all could follow.
    """
    publication = publication_by_version(home, wanted)
    with no_run(home):
        say(f"comparing {publication.version} with its hashes")
        if broken := damaged_files(publication):
            raise NotRolledBack(
                f"The publication {publication.version} is not as it was published ({', '.join(broken)}), so nothing "
                "was changed. Restore its folder from the backup, or choose another (`./padan publications`)."
            )
        before = pointed_to(home)
        record(home, "rollback", None, version=publication.version, detail={"before": before})
        if before != publication.version:
            point_to(home, publication.version, ROLLBACK)
        snapshots, postgres = _bring_along(home, publication, say)
    return RolledBack(publication, before, snapshots, postgres)


def publication_by_version(home: Home, wanted: str) -> Publication:
    """Give the publication whose version is, or alone begins with, `wanted`; raises `NothingPublished` otherwise."""
    kept = publications(home)
    found = [one for one in kept if one.version == wanted] or [
        one for one in kept if wanted and one.version.startswith(wanted)
    ]
    if len(found) == 1:
        return found[0]
    begins = "several publications begin with" if found else "no publication that is kept begins with"
    there = ", ".join(one.version for one in found or kept) or "none"
    raise NothingPublished(f"In {home.path} {begins} {wanted!r}. There are: {there}.")


def damaged_files(publication: Publication) -> list[str]:
    """Name the files of a publication that are missing, or are not those whose hashes `publication.json` holds."""
    promised: dict[str, str] = publication.facts["sha256"]
    return [
        name
        for name, sha256 in promised.items()
        if not (publication.folder / name).is_file() or file_sha256(publication.folder / name) != sha256
    ]


def _bring_along(home: Home, publication: Publication, say: Say) -> tuple[int, bool]:
    """Bring everything that is made from the publication in force to this one.

    Gives the number of the agencies' snapshots, and whether PostgreSQL was loaded (where it is configured).
    """
    what = "agencies' snapshots"
    try:
        policy = policy_in_force(home)
        archive_policy(home)
        snapshots = len(build_snapshots(home, publication, policy, say=say).standing)
        what = "tables in PostgreSQL"
        dsn = configured_dsn()
        if dsn is not None:
            load_postgres(home, publication, policy, dsn, say=say)
    except PadanError as error:
        raise NotRolledBack(
            f"{publication.version} is in force in {home.published}, but the {what} are still those of another: "
            f"{error} Put that right and run `./padan rollback {publication.version}` again."
        ) from error
    return snapshots, dsn is not None
