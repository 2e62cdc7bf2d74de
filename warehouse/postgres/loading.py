"""Loading a publication: built aside, compared with what was meant, and put in force in one short transaction."""

import datetime as dt
import hashlib
import json
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from warehouse.access_log import record
from warehouse.attached import attach_publication
from warehouse.database import Connection, in_memory
from warehouse.entitlements import Policy, Recipient
from warehouse.errors import PublicationRefused
from warehouse.keys import secret_key
from warehouse.postgres.base_tables import BaseTable, base_tables, has_lookup
from warehouse.postgres.connection import Server, acting_as, connected, run
from warehouse.postgres.copying import arrived, column_types, copy_in
from warehouse.postgres.errors import PostgresBusy, PostgresError
from warehouse.postgres.generations import drop_others, in_force, schemas_in_force, swap
from warehouse.postgres.grants import Right, expect_rights, found_rights, grant, meant_rights
from warehouse.postgres.lookup import create_function, store_key
from warehouse.postgres.memberships import existing_groups, expect_harmless_roles, expect_roles
from warehouse.postgres.names import OWNER, ROWS, STATE, check_names, of_generation, schema_of, view_owner
from warehouse.postgres.told import told_queries
from warehouse.postgres.views import create_views
from warehouse.postgres.walls import build_walls
from warehouse.progress import Say, silent
from warehouse.publication import Publication
from warehouse.settings import Home
from warehouse.wall_clock import today

_CONNECTIONS = 2
"""Tables loaded at the same time: one table takes most of the rows, the others go beside it."""
_KEY = "lookup"


@dataclass(frozen=True)
class Loaded:
    """What a load put in force; `already` where it stood before, `held` are old schemas that somebody still reads."""

    version: str
    tables: dict[str, int]
    recipients: tuple[str, ...]
    given: tuple[Right, ...]
    taken: tuple[Right, ...]
    held: tuple[str, ...]
    already: bool = False


@dataclass(frozen=True)
class _Load:
    """What is loaded where: everything that the steps share."""

    dsn: str
    generation: int
    recipients: list[Recipient]
    tables: list[BaseTable]
    meant: set[Right]

    @property
    def rows_schema(self) -> str:
        return of_generation(ROWS, self.generation)

    def schema(self, recipient: Recipient) -> str:
        return of_generation(schema_of(recipient.name), self.generation)

    @property
    def schemas(self) -> dict[str, str]:
        """The schemas being built: what they will be called, and are called now."""
        return {ROWS: self.rows_schema} | {schema_of(one.name): self.schema(one) for one in self.recipients}


def load_postgres(
    home: Home,
    publication: Publication,
    policy: Policy,
    dsn: str,
    *,
    day: dt.date | None = None,
    say: Say = silent,
) -> Loaded:
    """Load a publication for the recipients who are valid on `day` (today), unless it is in force already.

    What stood before serves its readers until the last step and stands where anything fails. Raises
    `PostgresUnreachable`, `PostgresBusy` while another load goes on, `GrantsRefused`, `PublicationRefused` where what
    arrived is not what was sent, and `PostgresError` for anything else the server says.
    """
    check_names(policy.recipients.values())
    recipients = list(policy.valid_recipients(day or today()))
    secret = secret_key(home, _KEY)
    with connected(dsn) as server:
        expect_roles(server, recipients)
        expect_harmless_roles(server, policy.recipients.values())
        with acting_as(server, OWNER), _alone(server):
            meant = meant_rights(recipients, existing_groups(server, recipients))
            fingerprint = _fingerprint(publication, policy, meant, secret)
            standing = in_force(server)
            if standing and standing.fingerprint == fingerprint:
                return Loaded(publication.version, {}, tuple(one.name for one in recipients), (), (), (), already=True)
            tables = base_tables(recipients, secret_key(home, "pseudonym"), secret)
            ((generation,),) = run(server, f"SELECT nextval('{STATE}.generation')")
            load = _Load(dsn, generation, recipients, tables, meant)
            _sweep(dsn)
            counts = _build(load, publication, policy, secret, say)
            given, taken = _changes(server, load)
            for sentence in (*(f"now given: {one}" for one in given), *(f"no longer given: {one}" for one in taken)):
                say(sentence)
            record(
                home, "postgres", None, version=publication.version, rows=sum(counts.values()),
                detail={"recipients": [one.name for one in recipients], "given": len(given), "taken": len(taken)},
            )  # fmt: skip
            swap(server, generation, load.schemas.keys() - {ROWS})
            run(
                server,
                f"INSERT INTO {STATE}.loads (generation, version, policy, fingerprint) VALUES (%s, %s, %s, %s)",
                [generation, publication.version, policy.label, fingerprint],
            )
    say(f"in force: {publication.version}, generation {generation}")
    if held := _sweep(dsn):
        say(f"still read, left for the next load: {', '.join(held)}")
    names = tuple(one.name for one in recipients)
    return Loaded(publication.version, counts, names, tuple(given), tuple(taken), tuple(held))


@contextmanager
def _alone(server: Server) -> Iterator[None]:
    """Hold the lock of loads in a transaction, in which the swap happens; a killed load lets go of it at once.

    The lock is on a table that only the owner may touch: an advisory lock could be held by any reader.
    """
    run(server, "SET idle_in_transaction_session_timeout = 0")
    with server.transaction():
        try:
            run(server, f"LOCK TABLE {STATE}.loads IN SHARE ROW EXCLUSIVE MODE NOWAIT")
        except psycopg.errors.LockNotAvailable:
            raise PostgresBusy(
                "Another load into this database is going on, and this one steps back: one at a time. What it loads "
                "will be in force; load again afterwards if yours is newer."
            ) from None
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
            raise PostgresError(
                f"The database lacks the schema {STATE}. Let a database administrator run what "
                "`./padan serve postgres --roles` prints."
            ) from None
        yield


def _sweep(dsn: str) -> list[str]:
    """Drop what earlier generations and killed loads left; give what somebody still reads."""
    with connected(dsn) as server, acting_as(server, OWNER):
        _, held = drop_others(server)
    return held


def _build(load: _Load, publication: Publication, policy: Policy, secret: bytes, say: Say) -> dict[str, int]:
    """Build the schemas of a generation whole, with rows, rights and walls; give the rows of each table."""
    with connected(load.dsn) as server, acting_as(server, OWNER):
        for schema in load.schemas.values():
            run(server, f"CREATE SCHEMA {schema}")
        store_key(server, load.rows_schema, secret)
        counts = _fill(load, publication, policy, say)
        with server.transaction():
            _build_rights(server, load)
    return counts


def _build_rights(server: Server, load: _Load) -> None:
    """Make views, look-up, rights and walls over tables that are filled, and see that the rights are those meant."""
    grant(server, {one for one in load.meant if one.schema == ROWS}, load.schemas)
    for one in load.recipients:
        _build_recipient(server, load, one)
    build_walls(server, load.rows_schema, load.recipients)
    expect_rights(found_rights(server, load.schemas), load.meant)


def _build_recipient(server: Server, load: _Load, one: Recipient) -> None:
    """Make a recipient's views as their owner, and grant what its groups may read."""
    schema, owner = load.schema(one), view_owner(one.name)
    rights = {right for right in load.meant if right.schema == schema_of(one.name)}
    views = {right for right in rights if right.kind == "view"}
    if any(map(has_lookup, one.views)):
        create_function(server, schema, load.rows_schema)
    run(server, f"GRANT USAGE, CREATE ON SCHEMA {schema} TO {owner}")
    with acting_as(server, owner):
        create_views(server, one, schema, load.rows_schema)
        grant(server, views, load.schemas)
    run(server, f"REVOKE USAGE, CREATE ON SCHEMA {schema} FROM {owner}")
    grant(server, rights - views, load.schemas)


def _fill(load: _Load, publication: Publication, policy: Policy, say: Say) -> dict[str, int]:
    """Fill the base tables, several at a time, and prove that what arrived is what was sent."""
    queries = {one.name: one.query for one in load.tables}
    if load.recipients:
        queries |= told_queries(load.recipients, publication, policy)
    indexed = {one.name: one for one in load.tables}
    counts: dict[str, int] = {}
    waiting = deque(sorted(queries, key=lambda name: -publication.facts["tables"].get(name, 0)))  # largest first

    def work() -> None:
        try:
            with in_memory() as connection, connected(load.dsn) as server, acting_as(server, OWNER):
                attach_publication(connection, "published", publication)
                run(server, "SET DateStyle = 'ISO'")
                run(server, "SET maintenance_work_mem = '256MB'")
                while waiting:
                    name = waiting.popleft()
                    table = f"{load.rows_schema}.{name}"
                    counts[name] = _fill_one(connection, server, table, queries[name], indexed.get(name))
                    say(f"{name}: {counts[name]:,} rows")
        except BaseException:
            waiting.clear()
            raise

    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        for done in [pool.submit(work) for _ in range(_CONNECTIONS)]:
            done.result()
    return counts


def _fill_one(connection: Connection, server: Server, table: str, query: str, base: BaseTable | None) -> int:
    """Fill one table, compare it with what was sent, index and count it; give its rows."""
    sent = copy_in(connection, query, server, table)
    if arrived(server, table, column_types(connection, query)) != sent:
        raise PublicationRefused(
            f"The table {table} that arrived in PostgreSQL is not the one that was sent; what stood before stands.",
            [table],
        )
    # It never changes again: nothing to vacuum, and no statistics but those made here.
    run(server, f"ALTER TABLE {table} SET (autovacuum_enabled = false)")
    if base:
        for column in base.indexed:
            run(server, f'CREATE INDEX ON {table} ("{column}")')
        counted = ", ".join(f'"{column}"' for column in base.counted)
        run(server, f"ANALYZE {table} ({counted})")
    return sent[0]


def _changes(server: Server, load: _Load) -> tuple[list[Right], list[Right]]:
    """Give the rights that the swap gives and those that it takes, as compared with what is in force."""
    before = found_rights(server, schemas_in_force(server))
    return sorted(load.meant - before), sorted(before - load.meant)


def _fingerprint(publication: Publication, policy: Policy, meant: set[Right], secret: bytes) -> str:
    """Give what changes whenever anything that is loaded, or anybody who may read it, does."""
    facts = json.dumps(publication.facts, sort_keys=True)  # a person who was erased changes its hashes
    said = [facts, policy.label, *map(str, sorted(meant)), hashlib.sha256(secret).hexdigest()]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()
