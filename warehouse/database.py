"""The working database of a home: one process writes, and says so in one sentence when it cannot."""

import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.errors import HomeBusy, HomeError
from warehouse.lock import held
from warehouse.settings import STAGES, Home, Resources

Connection = duckdb.DuckDBPyConnection
_BUSY = ("Could not set lock", "Conflicting lock", "same database file with a different configuration")
_PROCESS = re.compile(r"\(PID (\d+)\)")
_FULL = ("No space left", "File too large", "quota exceeded")
"""What the system says, in the words of `strerror`, when a disk, a file limit or a quota is reached."""


@contextmanager
def writer(home: Home, resources: Resources | None = None) -> Iterator[Connection]:
    """Open the working database for writing and close it again, whatever happens.

    The five stage schemas exist afterwards. Raises `HomeBusy` when another process has it open and `HomeError` when
    the folder is read-only, the disk full, the file no database or the home a newer Padan's. What an earlier run left
    half done is swept away, and a home of an older Padan is brought up to date.
    """
    from warehouse.upgrade import bring_up_to_date, refuse_newer  # it builds on the tables, and they on this file

    resources = resources or Resources.from_environment()
    connection = None
    try:
        refuse_newer(home)
        home.temporary.mkdir(parents=True, exist_ok=True)
        connection = _connect(str(home.database), resources, home.temporary)
        for stage in STAGES:
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {stage}")
        bring_up_to_date(home, connection)
        _sweep(home)
    except (OSError, duckdb.Error) as error:
        if connection is not None:
            connection.close()
        raise home_error(home, error) from error
    except HomeError:
        if connection is not None:
            connection.close()
        raise
    try:
        try:
            yield connection
        finally:
            connection.close()
    except (OSError, duckdb.Error) as error:
        if _is_about_the_home(home, error):
            raise home_error(home, error) from error
        raise


@contextmanager
def in_memory(resources: Resources | None = None) -> Iterator[Connection]:
    """Open a database that holds nothing and leaves nothing, for work outside a home."""
    resources = resources or Resources.from_environment()
    with tempfile.TemporaryDirectory(prefix="padan-") as spill:
        connection = _connect(":memory:", resources, Path(spill))
        try:
            yield connection
        finally:
            connection.close()


def _connect(database: str, resources: Resources, temporary: Path) -> Connection:
    connection = duckdb.connect(
        database,
        config={
            "memory_limit": resources.memory_limit,
            "threads": resources.threads,
            "temp_directory": str(temporary),
            "preserve_insertion_order": "false",
            "autoinstall_known_extensions": "false",
        },
    )
    # A long IN list would be planned as a join, one for each cell that may hold a null token or a code: with it,
    # planning the typing of a contract takes longer than typing a month of rows.
    connection.execute("SET disabled_optimizers = 'in_clause'")
    connection.execute("SET enable_progress_bar = false")  # it would be drawn over what the commands print
    return connection


def _sweep(home: Home) -> None:
    """Remove what a run that was killed left unfinished; only the one writer may."""
    for left in home.temporary.iterdir():
        if left.is_dir():
            shutil.rmtree(left)
        else:
            left.unlink()
    for left in home.landing.glob(".*.unfinished"):
        left.unlink()


@contextmanager
def reader(home: Home) -> Iterator[Connection]:
    """Open the working database read-only, for evaluation and explanation; not for agencies."""
    if not home.database.exists():
        raise HomeError(
            f"The home {home.path} holds no warehouse.duckdb. Fill it with `./padan run --home {home.path}` first, "
            "or name the home you meant with --home."
        )
    try:
        connection = duckdb.connect(str(home.database), read_only=True)
    except duckdb.Error as error:
        raise home_error(home, error) from error
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def no_run(home: Home) -> Iterator[Connection | None]:
    """Keep a run from beginning meanwhile: it would rest on one state of the home and end in another.

    Gives the working database, read-only; None where it is damaged or not there, which keeps nobody from putting the
    rest of the home right. Raises `HomeBusy` while a run goes on, or another command that keeps runs away.
    """
    with ExitStack() as kept:
        if home.path.is_dir():
            kept.enter_context(_held(home, ".operator", "Another command (backup, doctor, rollback, keys rotate)"))
        connection = None
        try:
            connection = kept.enter_context(reader(home))
        except HomeBusy:
            raise
        except HomeError:
            pass
        yield connection


@contextmanager
def one_run(home: Home) -> Iterator[None]:
    """Let one run of the command line at a time begin: it opens the database more than once before it holds it.

    Raises `HomeBusy` while another is under way. Does nothing in a home that is not there yet.
    """
    with _held(home, ".operator-run", "Another run") if home.path.is_dir() else nullcontext():
        yield


@contextmanager
def _held(home: Home, name: str, who: str) -> Iterator[None]:
    """Hold a file of the home, for one process at a time."""
    busy = f"{who} is working on {home.path}. Wait until it ends, and try again (`./padan run --wait` does)."
    with ExitStack() as lock:
        try:
            lock.enter_context(held(home.path / name, busy))
        except OSError as error:
            raise home_error(home, error) from error
        yield


def home_error(home: Home, error: Exception) -> HomeError:
    """Turn what the system or DuckDB said of a home into the sentence its operator needs."""
    text = str(error)
    if any(words in text for words in _BUSY):
        return HomeBusy(
            f"Another program{_which(text)} has {home.database} open, most likely a run that is still going. "
            "One run at a time can write to a home: wait until it ends (`./padan run --wait`), or use another --home."
        )
    if any(words in text for words in _FULL):
        return HomeError(
            f"The disk that holds {home.path} is full. Nothing was published and the previous publication stands; "
            "make room (old landed files and publications are the largest part) and run again."
        )
    if isinstance(error, FileExistsError | NotADirectoryError):
        return HomeError(
            f"The home {home.path} is no folder, or something in its place is a file. "
            "Name another folder with --home or PADAN_HOME."
        )
    if isinstance(error, PermissionError) or "Permission denied" in text or "Read-only file system" in text:
        return HomeError(
            f"The home {home.path} cannot be written by this user. "
            "Give it write permission, or name another folder with --home or PADAN_HOME."
        )
    if isinstance(error, duckdb.OutOfMemoryException):
        return HomeError(
            "The run needed more memory than it may use. Set PADAN_MEMORY higher (such as PADAN_MEMORY=8GB), or give "
            f"the disk of {home.path} more room to spill to, and run again."
        )
    return HomeError(
        f"The home {home.path} could not be used: {type(error).__name__}. If warehouse.duckdb is damaged, move it "
        "away and run again on the folder of deliveries: everything is computed anew from them."
    )


def _which(text: str) -> str:
    """Name the process that DuckDB says holds the file, where it says so."""
    process = _PROCESS.search(text)
    return f" (process {process[1]})" if process else ""


def _is_about_the_home(home: Home, error: Exception) -> bool:
    """Say whether an error inside a run is the home's doing: a closed terminal or a lost delivery is not."""
    if isinstance(error, OSError):
        return any(words in str(error) for words in _FULL) or Path(str(error.filename)).is_relative_to(home.path)
    if isinstance(error, duckdb.OutOfMemoryException):
        return True
    return any(words in str(error) for words in (*_FULL, "Permission denied", "Could not write"))


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """Keep all that is written inside, or, whatever is raised, nothing of it."""
    connection.execute("BEGIN TRANSACTION")
    try:
        yield
    except BaseException:
        with suppress(duckdb.Error):  # a database that failed under us has nothing left to roll back
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def rows(connection: Connection, query: str, parameters: list[object] | None = None) -> list[tuple[Any, ...]]:
    """Run a query and give all its rows; leaves no result open, which DuckDB 2 would hold against the connection."""
    return connection.execute(query, parameters or []).fetchall()


def value(connection: Connection, query: str, parameters: list[object] | None = None) -> Any:  # noqa: ANN401 - DuckDB's own type
    """Run a query that has one row and one column and give that value."""
    return rows(connection, query, parameters)[0][0]


def literal(text: object) -> str:
    """Write a text as an SQL string, for the places where DuckDB takes no parameter (paths, DDL, generated SQL)."""
    return "'" + str(text).replace("'", "''") + "'"


def values_query(columns: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    """Write the query whose result is these lines of texts."""
    values = ",\n".join("(" + ", ".join(map(literal, line)) + ")" for line in lines)
    return f"SELECT * FROM (VALUES {values}) AS lines ({', '.join(columns)})"


def count(connection: Connection, query: str, parameters: list[object] | None = None) -> int:
    """Run a query whose one value is a whole number and give it."""
    found = value(connection, query, parameters)
    assert isinstance(found, int), f"not a whole number: {type(found).__name__}"  # noqa: S101 - a fault of ours
    return found


def arrow(connection: Connection, query: str) -> pa.Table:
    """Run a query and give its result as an Arrow table (works on DuckDB 1.5 and 2)."""
    return connection.sql(query).to_arrow_table()


def table_exists(connection: Connection, schema: str, table: str) -> bool:
    """Say whether a table or view of that name exists."""
    found = rows(
        connection,
        "SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = ?",
        [schema, table],
    )
    return bool(found)
