"""Measure a load into PostgreSQL, and readers on what was loaded.

    PADAN_ADMIN_DSN='host=… user=postgres password=…' .venv/bin/python benchmarks/postgres_load.py HOME

HOME is a home with a publication; it is only read (its keys are made elsewhere). The log-in must be a superuser's on
this machine, whose database `padan_benchmark` is made anew. Prints seconds and CPU seconds of both sides for the load
and for a second one over it, the list of the fullest village, a look-up by NIK, and 50 readers at once.
"""

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from warehouse.entitlements import load_policy  # noqa: E402
from warehouse.postgres import load_postgres, role_script  # noqa: E402
from warehouse.publication import current_publication  # noqa: E402
from warehouse.settings import Home  # noqa: E402

DATABASE = "padan_benchmark"
SECRET = "for-the-benchmark"  # noqa: S105
LIST = "SELECT * FROM padan_dinkes.targeting_bnba WHERE village_code = %s"
LOOKUP = "SELECT * FROM padan_dinkes.targeting_bnba WHERE nik_key = padan_dinkes.padan_key(%s)"
READERS, QUERIES = 50, 20


def main() -> None:
    """Prepare, load twice, read, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path)
    asked = parser.parse_args()
    admin = os.environ["PADAN_ADMIN_DSN"]
    publication, policy = current_publication(Home(asked.home)), load_policy()
    with psycopg.connect(admin, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {DATABASE}".encode())
        server.execute(f"CREATE DATABASE {DATABASE}".encode())
    admin = make_conninfo(admin, dbname=DATABASE)
    loader = make_conninfo(admin, user="padan_loader", password=SECRET)
    reader = make_conninfo(admin, user="padan_benchmark_reader", password=SECRET)
    with psycopg.connect(admin, autocommit=True) as server:
        print(f"PostgreSQL {server.info.server_version // 10_000}, {publication.version}")
        server.execute(role_script(policy, publication).encode())
        server.execute(f"ALTER ROLE padan_loader PASSWORD '{SECRET}'".encode())
        server.execute("DROP ROLE IF EXISTS padan_benchmark_reader")
        server.execute(f"CREATE ROLE padan_benchmark_reader LOGIN PASSWORD '{SECRET}' IN ROLE padan_dinkes".encode())
        with tempfile.TemporaryDirectory() as folder:
            home = Home(Path(folder))
            for name in ("first load", "load over it"):
                wall, cpu, before = time.perf_counter(), time.process_time(), server_cpu(server)
                load_postgres(home, publication, policy, loader)
                print(
                    f"{name}: {time.perf_counter() - wall:.1f} s, CPU {time.process_time() - cpu:.1f} s here and "
                    f"{server_cpu(server) - before:.1f} s in the server"
                )
                (home.keys / "lookup.key").unlink()  # so that the second is no "already in force"
        village, nik = fullest_village(reader), some_nik(reader)
        print(f"list of a village: {timed(reader, LIST, village)}")
        print(f"look-up by NIK: {timed(reader, LOOKUP, nik)}")
        together(reader, village, nik)
    with psycopg.connect(make_conninfo(admin, dbname="postgres"), autocommit=True) as server:
        server.execute(f"DROP DATABASE {DATABASE}".encode())
        server.execute("DROP ROLE padan_benchmark_reader")


def server_cpu(server: psycopg.Connection[tuple[object, ...]]) -> float:
    """Give the CPU seconds of the server's processes that have ended, and of those that live."""
    postmaster = int(stat(server.info.backend_pid)[1])
    own = stat(postmaster)
    live = sum(
        int(one[11]) + int(one[12])
        for path in Path("/proc").glob("[0-9]*")
        for one in [stat(int(path.name))]
        if one and int(one[1]) == postmaster
    )
    return (sum(map(int, own[11:15])) + live) / os.sysconf("SC_CLK_TCK")


def stat(pid: int) -> list[str]:
    """Give the fields of /proc/PID/stat from the state on; none for a process that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
    except OSError:
        return []


def fullest_village(reader: str) -> str:
    """Give the village with the most targets."""
    with psycopg.connect(reader) as server:
        asked = "SELECT village_code FROM padan_dinkes.targeting_bnba GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
        return str(server.execute(asked).fetchall()[0][0])


def some_nik(reader: str) -> str:
    """Give a NIK that is there."""
    with psycopg.connect(reader) as server:
        asked = "SELECT nik FROM padan_dinkes.targeting_bnba WHERE nik IS NOT NULL LIMIT 1"
        return str(server.execute(asked).fetchall()[0][0])


def timed(reader: str, query: str, parameter: str) -> str:
    """Give the median and the longest of 20 runs on one connection, and the rows."""
    with psycopg.connect(reader) as server:
        found, seconds = [], []
        for _ in range(20):
            began = time.perf_counter()
            found = server.execute(query.encode(), [parameter]).fetchall()
            seconds.append(time.perf_counter() - began)
    return (
        f"{len(found):,} rows, median {statistics.median(seconds) * 1000:.1f} ms, longest {max(seconds) * 1000:.1f} ms"
    )


def together(reader: str, village: str, nik: str) -> None:
    """Let 50 readers, each with a connection of its own, ask 20 times."""
    seconds: list[float] = []
    errors: list[str] = []

    def read() -> None:
        try:
            with psycopg.connect(reader, autocommit=True) as server:
                for number in range(QUERIES):
                    began = time.perf_counter()
                    query, parameter = (LIST, village) if number % 10 == 0 else (LOOKUP, nik)
                    server.execute(query.encode(), [parameter]).fetchall()
                    seconds.append(time.perf_counter() - began)
        except psycopg.Error as error:
            errors.append(type(error).__name__)

    threads = [threading.Thread(target=read) for _ in range(READERS)]
    began = time.perf_counter()
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    print(
        f"{READERS} readers, {len(seconds):,} queries in {time.perf_counter() - began:.1f} s: {len(errors)} errors, "
        f"median {statistics.median(seconds) * 1000:.0f} ms, longest {max(seconds) * 1000:.0f} ms"
    )


if __name__ == "__main__":
    main()
