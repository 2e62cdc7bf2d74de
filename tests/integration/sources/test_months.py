"""Of which month a file is: what it says, else what was declared; and the turn of a year."""

import datetime as dt
import re
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.sources.local_names import local_name, local_path
from integration.sources.months import month_before, month_of, months_asked
from integration.sources.places import Folder, Source

NEW_YEAR = dt.date(2027, 1, 1)


def source(**more: object) -> Source:
    return Source("health", "dinkes_balita", "35.09", Folder(Path("/x")), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("path", "month"),
    [
        ("2026-10/x.csv", "2026-10"),
        ("2026-10/x_202609.csv", "2026-10"),
        ("dinkes_balita_3509_202610_01.xlsx", "2026-10"),
        ("x.csv", None),
        ("said/x_202601.csv", "2026-03"),
    ],
)
def test_a_name_or_a_manifest_says_the_month(path: str, month: str | None) -> None:
    assert month_of(source(), path, {"said": "2026-03"}, NEW_YEAR) == month


def test_at_the_turn_of_a_year_the_month_before_is_december() -> None:
    assert month_of(source(month="previous"), "x.csv", {}, NEW_YEAR) == "2026-12"
    assert month_of(source(month="current"), "x.csv", {}, NEW_YEAR) == "2027-01"
    assert months_asked(source(months=3), NEW_YEAR) == ["2027-01", "2026-12", "2026-11"]


@given(day=st.dates(), ago=st.integers(0, 30))
def test_months_follow_each_other(day: dt.date, ago: int) -> None:
    if day.year > 3:
        before, after = month_before(day, ago + 1), month_before(day, ago)
        assert re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", before)
        assert before < after


@given(name=st.text(min_size=1, max_size=300).filter(lambda text: "/" not in text and "\0" not in text))
def test_any_name_becomes_one_that_can_be_written(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    written = local_name(name) if not any(0xD800 <= ord(sign) <= 0xDFFF for sign in name) else "x"

    assert PurePosixPath(written).name == written
    assert len(written.encode()) <= 200
    assert written == local_name(written)


@pytest.mark.parametrize("path", ["dukcapil_penduduk/x_202610.csv", "2026-09/2026-10x/x_202610.csv"])
def test_a_folder_of_another_dataset_or_month_is_not_taken(path: str) -> None:
    assert local_path(path, "dinkes_balita", "2026-10") is None
