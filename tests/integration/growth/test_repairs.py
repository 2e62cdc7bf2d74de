"""Repairs of units and of exchanged cells: what was meant comes back, marked; what is possible is never touched."""

from typing import Any

import duckdb
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from published_formula import standard

from integration.contracts.contract import contract
from integration.growth.repairs import repair_measurements

MEASURES = ("weight_kg", "height_cm", "muac_cm")


def repaired(
    weight: float | None,
    height: float | None,
    muac: float | None = None,
    *,
    sex: str | None = "P",
    age_days: int | None = 628,
) -> dict[str, Any]:
    """Repair one row as the typed rows of H1 would give it."""
    columns: dict[str, Any] = {"measurement_no": 1, "sex": sex, "age_days": age_days, "position": None, "note": "kept"}
    for name, value in zip(MEASURES, (weight, height, muac), strict=True):
        column = contract("dinkes_balita").column(name)
        assert column.min is not None
        assert column.max is not None
        inside = value is not None and column.min <= value <= column.max
        columns |= {name: value if inside else None, f"{name}_outside": None if inside else value}
    types = dict.fromkeys(columns, "DOUBLE") | {"measurement_no": "BIGINT", "age_days": "INTEGER"}
    types |= dict.fromkeys(("sex", "position", "note"), "VARCHAR")
    with duckdb.connect() as con:
        given = ", ".join(f"?::{types[name]} AS {name}" for name in columns)
        con.execute(f"CREATE TABLE delivered AS SELECT {given}", list(columns.values()))
        repair_measurements(con, "delivered", "repaired")
        names = [name for (name,) in con.execute("SELECT column_name FROM (DESCRIBE repaired)").fetchall()]
        [row] = con.execute("FROM repaired").fetchall()
    return dict(zip(names, row, strict=True))


@pytest.mark.parametrize(
    ("delivered", "meant", "repairs"),
    [
        ((8.4, 75.2, 13.1), (8.4, 75.2, 13.1), []),
        ((8400.0, 75.2, 13.1), (8.4, 75.2, 13.1), ["GRAM"]),
        ((8.4, 752.0, 13.1), (8.4, 75.2, 13.1), ["MILIMETER"]),
        ((8.4, 0.752, 13.1), (8.4, 75.2, 13.1), ["METER"]),
        ((8400.0, 752.0, 131.0), (8.4, 75.2, 13.1), ["GRAM", "LILA_MILIMETER", "MILIMETER"]),
        ((75.2, 8.4, 13.1), (8.4, 75.2, 13.1), ["TERTUKAR"]),
        ((75.2, 8.4, 131.0), (8.4, 75.2, 13.1), ["LILA_MILIMETER", "TERTUKAR"]),
        ((8400.0, None, None), (8.4, None, None), ["GRAM"]),
        # nothing that a girl of 628 days could be
        ((500.0, 75.2, None), (None, 75.2, None), []),
        ((8.4, 7.0, None), (8.4, None, None), []),
        ((752.0, 84.0, None), (None, 84.0, None), []),
        ((-8400.0, -752.0, None), (None, None, None), []),
        ((float("nan"), float("inf"), None), (None, None, None), []),
        # implausible, but inside the contract's range: whoever weighed her may have seen just that
        ((49.0, 75.2, None), (49.0, 75.2, None), []),
    ],
)
def test_what_cannot_be_is_read_as_what_can(
    delivered: tuple[float | None, ...], meant: tuple[float | None, ...], repairs: list[str]
) -> None:
    row = repaired(*delivered)
    assert tuple(row[name] for name in MEASURES) == meant
    assert row["repairs"] == repairs
    as_delivered = tuple(row[name] for name in ("weight_source", "height_source", "muac_source"))
    assert as_delivered == pytest.approx(delivered, nan_ok=True)
    assert row["note"] == "kept"
    assert not any(name.endswith("_outside") for name in row)


def test_of_a_newborn_the_length_may_pass_for_a_weight() -> None:
    row = repaired(49.0, 3.2, sex="L", age_days=0)
    assert (row["weight_kg"], row["height_cm"], row["repairs"]) == (3.2, 49.0, ["TERTUKAR"])


@pytest.mark.parametrize(("sex", "age_days"), [(None, 628), ("P", None), ("P", 5000)])
def test_without_sex_or_age_nobody_knows_what_is_plausible(sex: str | None, age_days: int | None) -> None:
    row = repaired(8400.0, 752.0, 131.0, sex=sex, age_days=age_days)
    assert [row[name] for name in MEASURES] == [None] * 3
    assert row["repairs"] == []


@settings(max_examples=15, deadline=None)
@given(
    sex=st.sampled_from("LP"),
    age=st.integers(0, 1826),
    haz=st.floats(-4, 4),
    waz=st.floats(-3.5, 3.5),
    slip=st.sampled_from(["GRAM", "MILIMETER", "METER", "TERTUKAR"]),
)
def test_every_plausible_child_comes_back_from_every_slip(
    sex: str, age: int, haz: float, waz: float, slip: str
) -> None:
    lengths, weights = standard("length_height_for_age", sex, age), standard("weight_for_age", sex, age)
    assert lengths is not None
    assert weights is not None
    height, weight = round(lengths.at(haz), 1), round(weights.adjusted_at(waz), 1)
    assume(weight >= 1)
    bmi = standard("bmi_for_age", sex, age)
    assert bmi is not None
    assume(abs(bmi.adjusted_z(weight / (height / 100) ** 2)) < 4)
    slipped = {
        "GRAM": (weight * 1000, height),
        "MILIMETER": (weight, height * 10),
        "METER": (weight, height / 100),
        "TERTUKAR": (height, weight),
    }[slip]
    row = repaired(*slipped, sex=sex, age_days=age)
    assert (row["weight_kg"], row["height_cm"], row["repairs"]) == (weight, height, [slip])


@settings(max_examples=15, deadline=None)
@given(weight=st.floats(0.9, 58), height=st.floats(38, 150), muac=st.floats(6, 30), age=st.integers(0, 1826))
def test_what_is_possible_is_never_touched(weight: float, height: float, muac: float, age: int) -> None:
    row = repaired(weight, height, muac, age_days=age)
    assert (row["weight_kg"], row["height_cm"], row["muac_cm"], row["repairs"]) == (weight, height, muac, [])
