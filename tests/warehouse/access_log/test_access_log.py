"""The access log: what is written stays, and any change of it is found."""

import datetime as dt
import json
import multiprocessing
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.access_log import (
    actions,
    entries,
    fields,
    head,
    record,
    record_each,
    removable_segments,
    remove_segment,
    verify,
)
from warehouse.access_log.log import segments
from warehouse.entitlements import load_policy
from warehouse.errors import DeclarationError, HomeError
from warehouse.settings import Home

UNIT = load_policy().unit("dinkes@35.09.27")
CANARY = "3509271234567890"


@cache
def written() -> Home:
    """Give a home whose log holds five lines."""
    home = Home(Path(tempfile.mkdtemp(prefix="padan-log-")))
    for number in range(5):
        record(home, "query", UNIT, view="targeting_bnba", rows=number, detail={"targets": ["TAAA"]})
    return home


@contextmanager
def copied(home: Home) -> Iterator[Home]:
    """Lend a copy that may be spoilt."""
    with tempfile.TemporaryDirectory() as folder:
        yield Home(Path(shutil.copytree(home.path, Path(folder) / "home")))


def log_of(home: Home) -> Path:
    return segments(home)[-1]


def test_a_line_says_who_what_for_whom_and_why(tmp_path: Path) -> None:
    home = Home(tmp_path)
    record(home, "query", UNIT, view="targeting_bnba", version="v1", rows=3, subject="P1", detail={"seconds": 0.1})

    (line,) = entries(home)

    assert (line.n, line.action, line.recipient, line.unit) == (1, "query", "dinkes", "dinkes@35.09.27")
    assert (line.role, line.purpose) == (UNIT.recipient.role, "NUTRITION_KIA")
    assert (line.view, line.version, line.rows, line.subject) == ("targeting_bnba", "v1", 3, "P1")
    assert line.detail == {"seconds": 0.1}
    assert line.who
    assert line.moment.utcoffset() == dt.timedelta(0)
    assert verify(home) == []


def test_lines_of_several_units_are_written_as_if_one_by_one() -> None:
    units = [load_policy().unit(name) for name in ("dinkes", "dinkes@35.09.27", "tpps@35.09.01")]
    with copied(written()) as home, copied(written()) as beside:
        record_each(home, "snapshot", units, version="v1")
        for unit in units:
            record(beside, "snapshot", unit, version="v1")
        record_each(home, "snapshot", [], version="v2")

        assert verify(home) == []
        assert head(home)["n"] == 8
        unsealed = [[replace(one, at="", previous="", hash="") for one in entries(where)] for where in (home, beside)]
        assert unsealed[0] == unsealed[1]


def test_lines_whose_head_a_power_cut_kept_from_being_written_all_stay() -> None:
    with copied(written()) as home:
        before = (home.access_log / "head.json").read_bytes()
        record_each(home, "snapshot", [UNIT, UNIT], version="v1")
        (home.access_log / "head.json").write_bytes(before)

        record(home, "query", UNIT)

        assert verify(home) == []
        assert [one.n for one in entries(home)] == list(range(1, 9))


def test_the_operators_own_work_has_no_recipient(tmp_path: Path) -> None:
    record(Home(tmp_path), "explain", None, subject="P1", purpose="REVIEW")

    (line,) = entries(Home(tmp_path))

    assert (line.recipient, line.unit, line.role, line.purpose) == (None, None, None, "REVIEW")


def test_an_action_that_nobody_declared_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="peep"):
        record(Home(tmp_path), "peep", None)

    assert list(entries(Home(tmp_path))) == []


def test_every_field_and_action_is_explained() -> None:
    assert all(word.label and word.meaning for word in [*fields().values(), *actions().values()])


def test_only_the_owner_reads_the_log(tmp_path: Path) -> None:
    record(Home(tmp_path), "query", UNIT)

    assert (tmp_path / "access_log").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "access_log").iterdir()} == {0o600}


def test_an_identity_number_is_blotted_out_of_the_details(tmp_path: Path) -> None:
    detail = {"sql": f"SELECT * FROM t WHERE nik = '{CANARY}'", CANARY: 1, "n": int(CANARY), "sha": "a" + CANARY}
    record(Home(tmp_path), "query", UNIT, detail=detail)

    (line,) = entries(Home(tmp_path))

    assert CANARY not in json.dumps({**line.detail, "sha": ""})
    assert line.detail["sha"] == "a" + CANARY, "digits inside a hash are no identity number"


def test_a_line_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "access_log").write_text("a file where the folder should be")

    with pytest.raises(HomeError):
        record(Home(tmp_path), "query", UNIT)


def _write_some(home: Path) -> None:
    for _ in range(10):
        record(Home(home), "query", UNIT, rows=1)


def test_processes_that_write_at_once_make_one_chain(tmp_path: Path) -> None:
    with ProcessPoolExecutor(4, mp_context=multiprocessing.get_context("spawn")) as pool:
        list(pool.map(_write_some, [tmp_path] * 4))

    assert [line.n for line in entries(Home(tmp_path))] == list(range(1, 41))
    assert verify(Home(tmp_path)) == []


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_single_edit_is_found(data: st.DataObject) -> None:
    with copied(written()) as home:
        spoilt = data.draw(st.sampled_from([log_of(home), home.access_log / "head.json"]))
        whole = spoilt.read_bytes()
        start = data.draw(st.integers(0, len(whole)))
        end = data.draw(st.integers(start, min(len(whole), start + 600)))
        put = data.draw(st.binary(max_size=20) | st.sampled_from([b"\n", b"\r", b" ", whole[:end], whole[start:]]))
        edited = whole[:start] + put + whole[end:]
        spoilt.write_bytes(edited)

        assert (verify(home) == []) == (edited == whole)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_other_choice_or_order_of_lines_is_found_and_stays_found(data: st.DataObject) -> None:
    with copied(written()) as home:
        whole = log_of(home).read_bytes().splitlines(keepends=True)
        other = data.draw(st.lists(st.sampled_from(whole), max_size=7))
        log_of(home).write_bytes(b"".join(other))
        found = verify(home)
        record(home, "query", UNIT)

        assert (found == []) == (other == whole)
        assert (verify(home) == []) == (other == whole)


def test_a_log_that_is_gone_is_found_and_stays_found() -> None:
    with copied(written()) as home:
        shutil.rmtree(home.access_log)
        assert verify(home)

        record(home, "query", UNIT)

        assert [line.action for line in entries(home)] == ["mended", "query"]
        assert verify(home)


def test_a_head_that_is_gone_is_found_and_stays_found() -> None:
    with copied(written()) as home:
        log_of(home).write_bytes(b"".join(log_of(home).read_bytes().splitlines(keepends=True)[:2]))
        (home.access_log / "head.json").unlink()
        assert verify(home)

        record(home, "query", UNIT)

        assert verify(home)


@settings(max_examples=30, deadline=None)
@given(kept=st.floats(0, 1, exclude_max=True))
def test_a_line_torn_by_a_power_cut_is_mended_and_said(kept: float) -> None:
    with copied(written()) as home:
        before = (home.access_log / "head.json").read_bytes()
        whole = log_of(home).read_bytes()
        record(home, "query", UNIT, rows=77)
        line = log_of(home).read_bytes()[len(whole) :]
        torn = line[: int(len(line) * kept)]
        log_of(home).write_bytes(whole + torn)
        (home.access_log / "head.json").write_bytes(before)

        record(home, "query", UNIT, rows=78)

        assert verify(home) == []
        after = [(one.action, one.rows, dict(one.detail)) for one in list(entries(home))[5:]]
        said = [("mended", None, {"torn_bytes": len(torn)})] if torn else []
        assert after == [*said, ("query", 78, {})]


def test_a_head_that_a_power_cut_kept_from_being_written_catches_up() -> None:
    with copied(written()) as home:
        before = (home.access_log / "head.json").read_bytes()
        record(home, "query", UNIT)
        (home.access_log / "head.json").write_bytes(before)
        assert verify(home) == []

        record(home, "query", UNIT)

        assert head(home)["n"] == 7
        assert verify(home) == []


def test_a_publication_is_witness_of_an_end_that_was_cut_off_with_its_head() -> None:
    with copied(written()) as home:
        earlier = shutil.copytree(home.access_log, home.path / "earlier")
        record(home, "query", UNIT)
        folder = home.published / "2026-11-21T020311Z-1f0c9a2b"
        folder.mkdir(parents=True)
        (folder / "publication.json").write_text(json.dumps({"access_log": head(home)}))
        assert verify(home) == []

        shutil.rmtree(home.access_log)
        shutil.copytree(earlier, home.access_log)

        (found,) = verify(home)
        assert "2026-11-21T020311Z-1f0c9a2b" in str(found)


def test_the_chain_goes_on_over_years_and_holds_when_the_oldest_is_removed() -> None:
    with copied(written()) as home:
        old = log_of(home).rename(home.access_log / "2019.jsonl")
        record(home, "query", UNIT)
        assert segments(home)[0].stem == "2019"
        assert verify(home) == []

        now = dt.datetime.now(dt.UTC)
        assert removable_segments(home, now - dt.timedelta(days=1)) == []
        assert removable_segments(home, now + dt.timedelta(days=1)) == [old]
        assert remove_segment(home, old) == 5

        assert verify(home) == []
        assert [line.action for line in entries(home)] == ["query", "retention"]


def test_a_year_that_somebody_else_removed_is_found() -> None:
    with copied(written()) as home:
        log_of(home).rename(home.access_log / "2019.jsonl")
        record(home, "query", UNIT)
        (home.access_log / "2019.jsonl").unlink()

        assert any("missing" in str(one) for one in verify(home))


def test_a_home_without_a_log_has_nothing_to_find(tmp_path: Path) -> None:
    assert verify(Home(tmp_path)) == []
    assert head(Home(tmp_path)) == {"n": 0, "hash": ""}
