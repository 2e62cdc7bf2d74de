"""One process writes to a home, and whatever keeps it from doing so is one sentence."""

import errno
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from at_the_terminal import PATIENCE

from warehouse.database import count, home_error, reader, rows, table_exists, writer
from warehouse.errors import HomeBusy, HomeError
from warehouse.settings import STAGES, Home, Resources

REPO = Path(__file__).parents[2]
SMALL = Resources(memory_limit="500MB", threads=1)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def elsewhere(code: str, home: Home, limit: str = "") -> subprocess.CompletedProcess[str]:
    """Run Python in another process, with `home` there; `limit` is a shell command before it."""
    script = (
        "import sys; from pathlib import Path; from warehouse.database import *; from warehouse.settings import *\n"
        "from warehouse.errors import *; home = Home(Path(sys.argv[1]))\n" + code
    )
    command = ["bash", "-c", f'{limit or ":"}; exec "$0" "$@"', sys.executable, "-c", script, str(home.path)]
    return subprocess.run(command, cwd=REPO, capture_output=True, text=True, timeout=PATIENCE, check=False)


def test_a_new_home_has_the_schemas_of_all_stages_and_keeps_what_is_written(home: Home) -> None:
    with writer(home, SMALL) as connection:
        assert set(STAGES) <= {name for (name,) in rows(connection, "SELECT schema_name FROM duckdb_schemas()")}
        connection.execute("CREATE TABLE agency_extracts.kept AS SELECT 1 AS one")
        assert table_exists(connection, "agency_extracts", "kept")
    with reader(home) as connection:
        assert count(connection, "SELECT one FROM agency_extracts.kept") == 1
        with pytest.raises(duckdb.Error):
            connection.execute("DROP TABLE agency_extracts.kept")


@pytest.mark.parametrize("opener", ["writer(home)", "reader(home)"])
def test_a_second_process_is_told_in_a_sentence_that_the_home_is_busy(home: Home, opener: str) -> None:
    code = f"try:\n    with {opener}: pass\nexcept HomeBusy as busy:\n    print('BUSY', busy)"
    with writer(home, SMALL):
        told = elsewhere(code, home)
    assert told.stdout.startswith("BUSY Another program "), told.stderr
    assert "wait until it ends (`./padan run --wait`), or use another --home" in told.stdout
    assert elsewhere(code, home).stdout == ""


def test_a_second_writer_of_the_same_process_is_told_too(home: Home) -> None:
    with writer(home, SMALL), pytest.raises(HomeBusy), reader(home):
        pass


def test_a_reader_of_a_home_that_was_never_filled_is_told_what_to_do(home: Home) -> None:
    with pytest.raises(HomeError, match=r"holds no warehouse.duckdb. Fill it with `./padan run"), reader(home):
        pass


def test_a_home_that_is_a_file_cannot_be_one(home: Home) -> None:
    home.path.write_text("no folder", encoding="utf-8")
    with pytest.raises(HomeError, match="is no folder"), writer(home, SMALL):
        pass


@pytest.mark.parametrize("content", [b"not a database at all" * 400, b"\0" * 20_000])
def test_a_damaged_database_is_named_as_such(home: Home, content: bytes) -> None:
    home.path.mkdir()
    home.database.write_bytes(content)
    with (
        pytest.raises(HomeError, match=r"If warehouse.duckdb is damaged, move it away and run again"),
        writer(home, SMALL),
    ):
        pass
    assert home.database.read_bytes() == content


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "is full"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "is full"),
        (
            duckdb.IOException('Could not write file "/h/warehouse.duckdb": No space left on device'),
            "Nothing was published and the previous publication stands",
        ),
        (OSError(errno.EROFS, "Read-only file system"), "cannot be written by this user"),
        (PermissionError(errno.EACCES, "Permission denied"), "cannot be written by this user"),
        (duckdb.IOException("Cannot open file: Permission denied"), "Give it write permission"),
        (duckdb.OutOfMemoryException("could not allocate"), "Set PADAN_MEMORY higher"),
        (duckdb.IOException("something new"), "could not be used: IOException"),
    ],
)
def test_what_the_system_says_becomes_what_to_do(home: Home, error: Exception, sentence: str) -> None:
    assert sentence in str(home_error(home, error))


def test_a_disk_that_fills_up_in_the_middle_is_a_sentence_and_harms_nothing_kept(home: Home) -> None:
    """A limit on the size of files stands in for a full disk: the system refuses the write in the same way."""
    with writer(home, SMALL) as connection:
        connection.execute("CREATE TABLE agency_extracts.kept AS SELECT 1 AS one")
    told = elsewhere(
        "try:\n"
        "    with writer(home, Resources('500MB', 1)) as con:\n"
        "        con.execute('CREATE TABLE clean_records.much AS SELECT hash(i) AS a, hash(i + 1) AS b "
        "FROM range(2000000) AS t(i)')\n"
        "except HomeError as error:\n    print('TOLD', error)",
        home,
        limit="ulimit -f 8192",
    )
    assert told.stdout.startswith(f"TOLD The disk that holds {home.path} is full"), told.stdout + told.stderr
    with writer(home, SMALL) as connection:
        assert count(connection, "SELECT one FROM agency_extracts.kept") == 1


def test_what_a_killed_run_left_is_swept_away_by_the_next(home: Home) -> None:
    home.temporary.mkdir(parents=True)
    home.landing.mkdir()
    (home.temporary / "half.csv.checked").write_text("personal", encoding="utf-8")
    (home.temporary / "spilled").mkdir()
    (home.landing / ".12-file.csv.unfinished").write_text("half", encoding="utf-8")
    (home.landing / "ab").mkdir()
    with writer(home, SMALL):
        assert list(home.temporary.iterdir()) == []
        assert [path.name for path in home.landing.iterdir()] == ["ab"]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), BrokenPipeError),
        (FileNotFoundError(errno.ENOENT, "No such file", "/extracts/file.csv"), FileNotFoundError),
        (OSError(errno.ENOSPC, "No space left on device"), HomeError),
        (duckdb.BinderException("a fault of ours"), duckdb.BinderException),
    ],
)
def test_only_what_the_home_did_is_blamed_on_it(home: Home, error: Exception, expected: type[Exception]) -> None:
    with pytest.raises(expected), writer(home, SMALL):
        raise error
    with pytest.raises(HomeError), writer(home, SMALL):
        (home.path / "a_folder_that_is_not_there" / "file").open("w")
    with writer(home, SMALL):
        pass
