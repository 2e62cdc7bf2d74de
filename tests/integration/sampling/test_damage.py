"""Damage changes what it should and nothing else."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from integration.sampling.chance import Chance
from integration.sampling.damage import Clerk
from integration.sampling.letters import mistyped
from integration.sampling.noise import NoiseProfile
from integration.sampling.text_columns import dates, decimals, joined, padded

NIK = np.full(400, 3509160802230001)
AS_OF = 20_757


def clerk(**rates: float) -> Clerk:
    return Clerk(NoiseProfile("test", {"x": rates}), "x", Chance(3, "test"))


@given(
    st.lists(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ ", min_size=3, max_size=40), min_size=1, max_size=20),
    st.integers(0, 99),
)
@settings(max_examples=60, deadline=None)
def test_a_slip_is_at_most_one_edit(names: list[str], seed: int):
    typed = mistyped(pa.array(names), Chance(seed, "slip")).to_pylist()
    assert all(OSA.distance(before, after) <= 1 for before, after in zip(names, typed, strict=True))


def test_without_rates_nothing_is_damaged():
    assert set(clerk().number(NIK).to_pylist()) == {"3509160802230001"}
    days = np.arange(10_000, 10_400)
    assert clerk().date(days, AS_OF).equals(dates(days))


def test_each_number_damage_shows():
    assert set(clerk(nik_missing=1.0).number(NIK).to_pylist()) <= {"-", "", "0", "belum ada", "NULL", "--"}
    quoted = clerk(nik_quoted=1.0).number(NIK)
    digits = pc.replace_substring_regex(quoted, "[^0-9]", "")
    assert set(digits.to_pylist()) == {"3509160802230001"}
    floats = set(clerk(nik_float=1.0).number(NIK).to_pylist())
    assert floats == {"3.50916E+15", "3509160802230001.0", "3509160802230000"}
    typos = clerk(nik_typo=1.0).number(NIK).to_pylist()
    assert all(OSA.distance(typo, "3509160802230001") <= 1 for typo in typos)
    assert sum(typo != "3509160802230001" for typo in typos) > 380
    assert clerk().masked(NIK)[0].as_py() == "35091***********"


def test_a_damaged_date_is_never_after_the_latest_day():
    days = np.arange(AS_OF - 400, AS_OF)
    written = clerk(date_wrong=0.5, date_swapped=0.5).date(days, AS_OF).cast(pa.date32()).cast(pa.int32()).to_numpy()
    assert written.max() <= AS_OF
    assert (written != days).mean() > 0.4


def test_rt_and_rw_become_a_date_together():
    rt, rw = clerk(rt_date=1.0).rt_rw(np.array([3]), np.array([5]))
    assert (rt[0].as_py(), rw[0].as_py()) == ("05-Mar", "")


@given(st.floats(-9.99, 500, allow_nan=False))
def test_decimals_are_written_as_python_writes_them(value: float):
    written = decimals(np.array([value]), 2)[0].as_py()
    assert abs(float(written) - value) <= 0.005 + 1e-9
    assert written.split(".")[1].__len__() == 2


def test_joining_keeps_rows_that_have_nothing_to_join():
    empty = pa.nulls(2, pa.string())
    assert joined(";", empty, empty).to_pylist() == ["", ""]
    assert joined(";", pa.array(["a", None]), pa.array(["b", None])).to_pylist() == ["a;b", ""]
    assert padded(np.array([7]), 3).to_pylist() == ["007"]
