"""Generations: each load builds its own schemas aside, and one short transaction puts their names in force."""

from collections.abc import Iterable
from dataclasses import dataclass

import psycopg

from warehouse.postgres.connection import Server, run
from warehouse.postgres.names import GENERATION, OWNER, ROWS, STATE, of_generation


@dataclass(frozen=True)
class InForce:
    """What was put in force last: its generation, publication, and the fingerprint of what was meant."""

    generation: int
    version: str
    fingerprint: str


def in_force(server: Server) -> InForce | None:
    """Give what is in force; None before the first load."""
    found = run(server, f"SELECT generation, version, fingerprint FROM {STATE}.loads ORDER BY generation DESC LIMIT 1")
    return InForce(*found[0]) if found else None


def schemas_in_force(server: Server) -> dict[str, str]:
    """Give the schemas of the generation in force: what they are called for everybody, and now."""
    standing = in_force(server)
    if standing is None:
        return {}
    named = {name: name for name in _schemas(server) if not GENERATION.fullmatch(name) and name != STATE}
    return named | {ROWS: of_generation(ROWS, standing.generation)}


def drop_others(server: Server, timeout: str = "1s") -> tuple[int, list[str]]:
    """Drop the schemas of every generation but the one in force; give how many, and those that somebody still reads.

    A reader is waited for no longer than `timeout` and never disturbed: what cannot be dropped now, the next load does.
    Base tables go only after all views of them: locked in another order than a reader locks them, one of both would be
    ended.
    """
    standing = in_force(server)
    dropped, held, read = 0, [], set()
    run(server, f"SET lock_timeout = '{timeout}'")
    for name in sorted(_schemas(server), key=lambda one: one.startswith(f"{ROWS}__")):
        generation = GENERATION.fullmatch(name)
        if generation is None or (standing and int(generation[2]) == standing.generation):
            continue
        try:
            if generation[2] not in read:
                run(server, f'DROP SCHEMA "{name}" CASCADE')
                dropped += 1
                continue
        except psycopg.errors.LockNotAvailable:
            read.add(generation[2])
        held.append(name)
    run(server, "RESET lock_timeout")
    return dropped, held


def swap(server: Server, generation: int, recipients: Iterable[str]) -> None:
    """Give the schemas of `generation` their names and take away those of all others, with what could be read there.

    Must be called inside a transaction. Renaming waits for no reader; a query that is going on ends on what it began
    with, and may end.
    """
    standing = in_force(server)
    before = standing.generation if standing else 0
    wanted = set(recipients)
    for name in _schemas(server):
        if GENERATION.fullmatch(name) or name == STATE:
            continue
        run(server, f'ALTER SCHEMA "{name}" RENAME TO "{of_generation(name, before)}"')
        _close(server, of_generation(name, before))
    for name in sorted(wanted):
        run(server, f'ALTER SCHEMA "{of_generation(name, generation)}" RENAME TO "{name}"')


def _close(server: Server, schema: str) -> None:
    """Take the way into a schema from everybody but its owner."""
    for (role,) in run(
        server,
        """
        SELECT DISTINCT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END
        FROM pg_namespace CROSS JOIN aclexplode(nspacl) WHERE nspname = %s AND grantee <> nspowner
        """,
        [schema],
    ):
        run(server, f'REVOKE ALL ON SCHEMA "{schema}" FROM {role}')


def _schemas(server: Server) -> list[str]:
    """Give the names of the schemas that are Padan's: the owner's, of any generation."""
    return [
        str(name)
        for (name,) in run(
            server,
            "SELECT nspname FROM pg_namespace WHERE nspowner = %s::regrole AND nspname LIKE 'padan\\_%%' ORDER BY 1",
            [OWNER],
        )
    ]
