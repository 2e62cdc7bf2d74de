"""What becomes of damaged files: every contract, every format, every way of `damage_to_files.py`, each taken in.

    python benchmarks/damaged_files.py [--files 1000] [--seed 1] [--only WAY] [--show]

Small good deliveries of `integration.sampling` are damaged and taken in by a process of their own into a real home that
has a good delivery of each dataset in force; what comes packed is fetched from a folder first. Of each is checked:

- nothing but a Padan sentence comes of it, and no process dies;
- each physical row is read, refused or skipped, once; the rows are counted again without Padan where that can be done;
- what is refused leaves the delivery before it in force, and no row of it in any table;
- the sentence names agency and file, ends as a sentence, and holds no number, no name and no card of anybody;
- memory and processor time stay below `MOST_MEGABYTES` and `MOST_SECONDS`.
"""

import argparse
import datetime as dt
import json
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import unicodedata
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyarrow.parquet as pq
import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.damage_to_files import (  # noqa: E402
    FORMATS,
    PASSWORD,
    WAYS,
    Damaged,
    Good,
    manifest_of,
    usual_name,
)  # fmt: skip
from integration.cleaning.macros import define_macros  # noqa: E402
from integration.cleaning.regions import load_regions  # noqa: E402
from integration.contracts import contract, contracts  # noqa: E402
from integration.intake import find_deliveries, prepare, take_in  # noqa: E402
from integration.intake.manifest import MANIFEST  # noqa: E402
from integration.sampling import write_sample  # noqa: E402
from integration.sources import fetch_source, inbox_held, sources_of  # noqa: E402
from warehouse.database import Connection, rows, writer  # noqa: E402
from warehouse.settings import Home, Resources  # noqa: E402

MOST_MEGABYTES = 1_500
"""Peak of the resident memory of the process that takes a file in, DuckDB's gigabyte and all libraries included."""
MOST_SECONDS = 60
"""Of processor time."""
_ADDRESS_SPACE = 8 * 1024**3
"""What a process may ask for before the system says no: a file that asks for more is a fault, and kills no machine."""
_RESOURCES = Resources(memory_limit="1GB", threads=2)
_PERSONAL = ("nik", "kk", "name")


@dataclass
class Outcome:
    """What became of one damaged delivery; `wrong` holds everything that must not be."""

    way: str
    dataset: str
    format: str
    taken_in: int = 0
    refused: int = 0
    physical: int = 0
    said: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    crash: str = ""
    megabytes: float = 0
    seconds: float = 0
    size: int = 0


# -- good deliveries ---------------------------------------------------------------------------------------------------
def good_tables(folder: Path, seed: int, families: int = 250, most_rows: int = 120) -> dict[str, list[list[str]]]:
    """Write a small sample and give each dataset's cells as text, the header first."""
    write_sample(folder, families=families, seed=seed, months=1)
    tables = {}
    home = Home(folder / "home")
    _prepare(home)
    with writer(home, _RESOURCES) as connection:
        define_macros(connection)
        found = find_deliveries(folder)
        for dataset, one in contracts().items():
            take_in(connection, home, folder, one, found.of(dataset), "sample")
            names = ", ".join(column.name for column in one.columns)
            order = "ORDER BY source_file_id, source_row_no"
            taken = rows(connection, f"SELECT {names} FROM {one.table} {order} LIMIT {most_rows}")
            cells = [["" if cell is None else str(cell) for cell in row] for row in taken]
            used = [i for i, c in enumerate(one.columns) if c.needed or any(row[i] for row in cells)]
            tables[dataset] = [[one.columns[i].header for i in used], *([row[i] for i in used] for row in cells)]
    return tables


def _prepare(home: Home) -> None:
    home.path.mkdir(parents=True)
    with writer(home, _RESOURCES) as connection:
        load_regions(connection)
        prepare(connection, list(contracts().values()))


def personal_cells(dataset: str, table: list[list[str]]) -> set[str]:
    """Give the numbers and names of people that no sentence may hold."""
    personal = {column.header for column in contract(dataset).columns if column.type in _PERSONAL}
    positions = [i for i, header in enumerate(table[0]) if header in personal]
    cells = {row[i].strip() for row in table[1:] for i in positions}
    return {cell for cell in cells if len(cell) >= 8 and (cell.isdigit() or " " in cell)}


# -- taking one in -----------------------------------------------------------------------------------------------------
def deliver(damaged: Damaged, good: Good, folder: Path) -> None:
    """Write the files of a damaged delivery into a folder."""
    folder.mkdir(parents=True)
    named = {usual_name(good.dataset, name): content for name, content in damaged.files.items()}
    for name, content in {**named, **damaged.odd_names}.items():
        path = os.path.join(os.fsencode(folder), name)  # noqa: PTH118 - names that are no text
        with open(path, "wb") as file:  # noqa: PTH123
            file.write(content)
        os.utime(path, (1_700_000_000, 1_700_000_000))
    if damaged.manifest is not None:
        (folder / MANIFEST).write_bytes(damaged.manifest)


def take(connection: Connection, home: Home, good: Good, folder: Path, outcome: Outcome, fetched: bool) -> None:
    """Take in what lies in `folder`, fetched first where it is packed, and note everything that must not be."""
    secret = personal_cells(good.dataset, good.table)
    one = contract(good.dataset)
    before, told_before = _in_force(connection, good.dataset), _told(connection)
    root = folder.parents[2]
    if fetched:
        root = home.inbox
        outcome.said += _fetched(home, good.dataset, folder)
        outcome.refused += len(outcome.said)
        root.mkdir(exist_ok=True)
    found = find_deliveries(root, "35.09")
    talk: list[str] = [*found.passed_over, *outcome.said]
    deliveries = found.of(good.dataset)
    result = take_in(connection, home, root, one, deliveries, "fuzz", talk.append)
    outcome.taken_in, outcome.refused = result.accepted, outcome.refused + len(result.refused)
    outcome.said += result.refused
    if not result.accepted and not result.refused and not result.unchanged and not outcome.said:
        outcome.said += found.passed_over
        if not outcome.said:
            outcome.wrong.append("nothing came of it and nothing was said")
    for sentence in result.refused:
        if one.agency not in sentence or one.sender not in sentence or not sentence.endswith("."):
            outcome.wrong.append("a refusal does not name the agency or is no sentence")
    notes = _told(connection) - told_before
    told = "\n".join(text or "" for text in [*talk, *result.warnings, *result.refused, *notes])
    leaked = [cell for cell in secret if cell in told]
    if leaked:
        outcome.wrong.append(f"{len(leaked)} cells of people are told")
    if any(len(text) > 5_000 for text in [*talk, *result.warnings, *result.refused, *notes]):
        outcome.wrong.append("a sentence of more than 5,000 letters")
    if not result.accepted and _in_force(connection, good.dataset) != before:
        outcome.wrong.append("the delivery before is no longer in force as it was")
    outcome.wrong += unbalanced(connection, home, good.dataset, outcome)


def _told(connection: Connection) -> set[str]:
    """Give every sentence that the books hold."""
    notes = "SELECT unnest(notes) FROM agency_extracts.source_file UNION SELECT reason FROM agency_extracts.delivery"
    return {text for (text,) in rows(connection, notes) if text}


def _fetched(home: Home, dataset: str, folder: Path) -> list[str]:
    os.environ["FUZZ_PASSWORD"] = PASSWORD
    said = {
        "from": "folder", "path": str(folder), "quiet_seconds": 2, "month": "previous",
        "zip_password_env": "FUZZ_PASSWORD", "largest_gb": 0.3,
    }  # fmt: skip
    place = {"kabupaten": "35.09", "sources": {f"{contract(dataset).agency}/{dataset}": said}}
    home.sources.write_text(yaml.safe_dump(place))
    (source,) = sources_of(home).values()
    with inbox_held(home):
        fetched = fetch_source(home, source, day=dt.date(2026, 11, 3))
    return [*([str(fetched.trouble)] if fetched.trouble else []), *fetched.refused, *fetched.waiting]


def _in_force(connection: Connection, dataset: str) -> list[tuple[Any, ...]]:
    return rows(
        connection,
        "SELECT delivery_id, count(t.source_row_no) FROM agency_extracts.delivery "
        f"LEFT JOIN agency_extracts.source_file USING (delivery_id) LEFT JOIN {contract(dataset).table} AS t "
        f"USING (source_file_id) WHERE dataset = '{dataset}' AND status = 'in_force' GROUP BY ALL ORDER BY ALL",
    )


def unbalanced(connection: Connection, home: Home, dataset: str, outcome: Outcome) -> list[str]:
    """Give what is wrong with the books of a dataset, and with rows that no delivery in force or superseded has."""
    wrong = []
    table = contract(dataset).table
    for file, read, refused, skipped, physical, kept, quarantined, last, sha, kind in rows(
        connection,
        f"""
        WITH k AS (SELECT source_file_id, source_row_no FROM {table}),
        q AS (SELECT source_file_id, source_row_no FROM agency_extracts.quarantine),
        a AS (SELECT source_file_id, count(*) AS n, count(DISTINCT source_row_no) AS d, max(source_row_no) AS m
              FROM (FROM k UNION ALL FROM q) GROUP BY ALL)
        SELECT f.source_file_id, read_rows, refused_rows, skipped_title + skipped_header + skipped_blank
            + skipped_footer, physical_rows, (SELECT count(*) FROM k WHERE k.source_file_id = f.source_file_id),
            (SELECT count(*) FROM q WHERE q.source_file_id = f.source_file_id),
            CASE WHEN a.n IS DISTINCT FROM a.d OR a.m > physical_rows THEN 1 ELSE 0 END, f.sha256, f.format
        FROM agency_extracts.source_file AS f JOIN agency_extracts.delivery USING (delivery_id) LEFT JOIN a
            USING (source_file_id) WHERE dataset = '{dataset}' AND status = 'in_force'
        """,
    ):
        outcome.physical += physical
        if read + refused + skipped != physical or kept != read or quarantined != refused or last:
            wrong.append(
                f"rows do not add up: {physical} = {read} + {refused} + {skipped}; {kept} kept, {quarantined} refused"
                f"; numbers {'twice' if last else 'once'}"
            )
        landed = next((home.landing / sha[:2]).glob(f"{sha}.*"), None)
        counted = None if landed is None else recount(landed, kind)
        if counted is not None and counted != physical:
            wrong.append(f"{physical} rows are said to be there, and {counted} are ({kind}, {file[:6]})")
    stray = rows(
        connection,
        f"SELECT count(*) FROM {table} ANTI JOIN agency_extracts.source_file USING (source_file_id)"
        f" UNION ALL SELECT count(*) FROM agency_extracts.quarantine ANTI JOIN agency_extracts.source_file"
        " USING (source_file_id) UNION ALL SELECT count(*) FROM agency_extracts.source_file JOIN"
        " agency_extracts.delivery USING (delivery_id) WHERE status = 'refused'",
    )
    if any(number for (number,) in stray):
        wrong.append("rows of a refused delivery are kept")
    if [*home.temporary.glob("*.checked")] or [*home.landing.glob(".*unfinished")]:
        wrong.append("a file that was being written is left lying about")
    return wrong


def recount(path: Path, kind: str) -> int | None:
    """Count the physical rows of a landed file without Padan; None where nobody else can."""
    if kind == "parquet":
        try:
            return int(pq.read_metadata(path).num_rows)
        except (OSError, ValueError):  # damage where only Arrow looks
            return None
    content = path.read_bytes()
    if kind == "csv":
        if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            text = content.decode("utf-16", "replace")
            return text.count("\n") + bool(text and not text.endswith("\n"))
        content = content.removeprefix(b"\xef\xbb\xbf")
        return content.count(b"\n") + bool(content and not content.endswith(b"\n"))
    try:
        with zipfile.ZipFile(path) as archive:
            tree = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - small and ours
            if len([one for one in archive.namelist() if one.startswith("xl/worksheets/sheet")]) > 1:
                return None
            name = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
            last = 0
            for cell in tree.iter(f"{name}c"):
                found = re.fullmatch(r"[A-Z]{1,3}([1-9]\d*)", cell.get("r", ""))
                if found is None or cell.get("t") not in (None, "s", "inlineStr"):
                    return None  # what a strange cell is worth is for the reader to say
                if "".join(cell.itertext()):
                    last = max(last, int(found[1]))
            return last
    except (KeyError, ElementTree.ParseError, zipfile.BadZipFile, OSError, ValueError, RuntimeError):
        return None


# -- a process for each ------------------------------------------------------------------------------------------------
def apart(work: Callable[[], None], seconds: int) -> tuple[int, resource.struct_rusage]:
    """Do something in a process of its own; gives its status (negative: the signal it died of) and what it took."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            work()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(status)
    ends = time.monotonic() + 10 * seconds
    while True:
        pid, status, used = os.wait4(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status), used
        if time.monotonic() > ends:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.002)


def run_one(home: Home, good: Good, damaged_by: str, chance: random.Random, work: Path) -> Outcome:
    """Damage one delivery and take it in, each in a process of its own."""
    outcome = Outcome(damaged_by, good.dataset, good.format)
    folder = work / "extracts" / contract(good.dataset).agency / good.dataset / "2026-10"
    note = work / "outcome.json"

    def damage() -> None:
        damaged = WAYS[damaged_by][0](good, chance)
        deliver(damaged, good, folder)
        note.write_text(json.dumps(damaged.archive))

    def taking() -> None:
        fetched = json.loads(note.read_text()) is not None
        outcome.size = sum(path.stat().st_size for path in folder.iterdir())
        try:
            with writer(home, _RESOURCES) as connection:
                define_macros(connection)
                take(connection, home, good, folder, outcome, fetched)
        except BaseException as error:
            outcome.crash = f"{type(error).__name__}: {error}"[:300] + "\n" + traceback.format_exc()[-1500:]
        outcome.megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000  # what reads apart
        note.write_text(json.dumps(asdict(outcome)))

    status, _ = apart(damage, 120)
    if status:
        raise RuntimeError(f"the damage {damaged_by} could not be done to {good.dataset} as {good.format}")
    status, used = apart(taking, MOST_SECONDS)
    if status == 0:
        outcome = Outcome(**json.loads(note.read_text()))
    else:
        outcome.crash = f"the process died ({status})"
    outcome.megabytes = max(used.ru_maxrss / 1000, outcome.megabytes)
    outcome.seconds = used.ru_utime + used.ru_stime
    if outcome.megabytes > MOST_MEGABYTES:
        outcome.wrong.append(f"{outcome.megabytes:,.0f} MB for {outcome.size / 1e6:.1f} MB delivered")
    for left in (folder.parents[2], home.inbox, home.fetching):
        shutil.rmtree(left, ignore_errors=True)
    return outcome


def cases(
    tables: dict[str, list[list[str]]], files: int, seed: int, ways: list[str]
) -> Iterator[tuple[Good, str, random.Random]]:
    """Give every way in turn, each time done to another contract and another format."""
    done: dict[str, int] = defaultdict(int)
    for number in range(files):
        way = ways[number % len(ways)]
        formats = WAYS[way][1]
        turn = done[way]
        done[way] += 1
        dataset = [*tables][(turn + ways.index(way)) % len(tables)]
        kind = formats[(turn + turn // len(formats)) % len(formats)]
        yield Good(dataset, tables[dataset], kind), way, random.Random(f"{seed} {way} {turn}")


def prepared(home: Home, tables: dict[str, list[list[str]]], work: Path) -> list[str]:
    """Prepare a home and take in a good delivery of every dataset; every format must be as good. Gives refusals."""
    trouble = []
    _prepare(home)
    with writer(home, _RESOURCES) as connection:
        define_macros(connection)
        for kind in FORMATS:
            for dataset, table in tables.items():
                good, root = Good(dataset, table, kind), work / f"good {kind}"
                folder = root / contract(dataset).agency / dataset / "2026-10"
                content = good.written()
                manifest = json.dumps(manifest_of(good, content)).encode()
                deliver(Damaged({"{}." + kind: content}, manifest=manifest), good, folder)
                found = find_deliveries(root)
                result = take_in(connection, home, root, contract(dataset), found.of(dataset), "good")
                if result.accepted != 1:
                    trouble.append(f"{dataset} as {kind}: {result.refused}")
    return trouble


def letters(text: str) -> str:
    """Write a text so that it can be shown."""
    return "".join(sign if unicodedata.category(sign)[0] != "C" else "?" for sign in text)


def main() -> None:
    """Run it and print the table."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--files", type=int, default=1000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--only", help="only ways whose name holds this")
    asked.add_argument("--show", action="store_true", help="say what is said of each file")
    said = asked.parse_args()
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    with tempfile.TemporaryDirectory(prefix="damaged-") as made:
        work, home = Path(made), Home(Path(made) / "home")
        note = work / "good.json"

        def good() -> None:
            tables = good_tables(work / "sample", said.seed)
            note.write_text(json.dumps([tables, prepared(home, tables, work)]))

        if apart(good, 600)[0]:
            raise SystemExit("no good deliveries could be made")
        tables, trouble = json.loads(note.read_text())
        for text in trouble:
            print(f"A GOOD DELIVERY IS REFUSED {text}")
        outcomes = []
        ways = [name for name in WAYS if said.only is None or said.only in name]
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            for one, way, chance in cases(tables, said.files, said.seed, ways):
                outcomes.append(run_one(home, one, way, chance, work))
                _tell(outcomes[-1], said.show)
        except KeyboardInterrupt:
            print(f"stopped after {len(outcomes):,} of {said.files:,} files")
    _print(outcomes)
    if any(one.crash or one.wrong for one in outcomes):
        raise SystemExit(1)


def _tell(outcome: Outcome, show: bool) -> None:
    place = f"{outcome.way} / {outcome.dataset} / {outcome.format}"
    for text in [f"CRASH {place}: {outcome.crash}"] * bool(outcome.crash):
        print(text if show else letters(text), flush=True)
    for text in outcome.wrong:
        print(f"WRONG {place}: {text}", flush=True)
    if show:
        said = [letters(text)[:300] for text in outcome.said]
        print(
            f"{place}: {outcome.taken_in} in, {outcome.seconds:.1f} s, {outcome.megabytes:.0f} MB: {said}", flush=True
        )


def _print(outcomes: list[Outcome]) -> None:
    print(f"\n{'damage':34} files    in  refused     rows  crashes  wrong  peak MB  CPU s")
    ways = {one.way for one in outcomes}
    for way in [*[name for name in WAYS if name in ways], "all"]:
        of = [one for one in outcomes if way in (one.way, "all")]
        print(
            f"{way:34} {len(of):5} {sum(bool(one.taken_in) for one in of):5} "
            f"{sum(not one.taken_in for one in of):8} {sum(one.physical for one in of if one.taken_in):8,} "
            f"{sum(bool(one.crash) for one in of):8} {sum(bool(one.wrong) for one in of):6} "
            f"{max(one.megabytes for one in of):8,.0f} {max(one.seconds for one in of):6.1f}"
        )


if __name__ == "__main__":
    main()
