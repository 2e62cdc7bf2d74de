"""Nutrition classes: every z-score falls in exactly one, and the boundaries belong where Permenkes 2/2020 puts them."""

from pathlib import Path

import duckdb
import pytest

from integration.growth import classes
from integration.growth.classes import Status, class_sql, z_flag_sql
from warehouse.errors import DeclarationError

Z_SCORE: dict[Status, str] = {"stunting_status": "haz", "wasting_status": "whz", "underweight_status": "waz"}


def classified(status: Status, z: float | None, oedema: bool | None = None) -> str | None:
    [(found,)] = duckdb.execute(
        f"SELECT {class_sql(status)} FROM (SELECT ?::DOUBLE AS {Z_SCORE[status]}, ?::BOOLEAN AS oedema)", [z, oedema]
    ).fetchall()
    return None if found is None else str(found)


@pytest.mark.parametrize(
    ("status", "z", "expected"),
    [
        ("stunting_status", -3.01, "sangat_pendek"),
        ("stunting_status", -3.0, "pendek"),
        ("stunting_status", -2.01, "pendek"),
        ("stunting_status", -2.0, "normal"),
        ("stunting_status", 3.0, "normal"),
        ("stunting_status", 3.01, "tinggi"),
        ("wasting_status", -3.01, "gizi_buruk"),
        ("wasting_status", -3.0, "gizi_kurang"),
        ("wasting_status", -2.0, "gizi_baik"),
        ("wasting_status", 1.0, "gizi_baik"),
        ("wasting_status", 1.01, "risiko_gizi_lebih"),
        ("wasting_status", 2.0, "risiko_gizi_lebih"),
        ("wasting_status", 3.0, "gizi_lebih"),
        ("wasting_status", 3.01, "obesitas"),
        ("underweight_status", -3.01, "bb_sangat_kurang"),
        ("underweight_status", -3.0, "bb_kurang"),
        ("underweight_status", -2.0, "bb_normal"),
        ("underweight_status", 1.0, "bb_normal"),
        ("underweight_status", 1.01, "risiko_bb_lebih"),
    ],
)
def test_boundaries(status: Status, z: float, expected: str) -> None:
    assert classified(status, z) == expected


@pytest.mark.parametrize("status", list(Z_SCORE))
def test_unknown_stays_unknown_and_everything_known_has_a_class(status: Status) -> None:
    assert classified(status, None) is None
    without = duckdb.execute(
        f"SELECT count(*) FROM (SELECT round(i / 100, 2) AS {Z_SCORE[status]}, NULL AS oedema "
        "FROM range(-2000, 2001) t(i)) "
        f"WHERE ({class_sql(status)}) IS NULL"
    ).fetchall()
    assert without == [(0,)]


@pytest.mark.parametrize(
    ("status", "z", "oedema", "expected"),
    [
        ("wasting_status", None, True, "gizi_buruk"),
        ("underweight_status", None, True, "bb_sangat_kurang"),
        ("stunting_status", -1.0, True, "normal"),
        ("stunting_status", None, True, None),
        ("wasting_status", None, False, None),
        ("wasting_status", 0.0, False, "gizi_baik"),
    ],
)
def test_oedema_is_severe_by_weight_and_says_nothing_of_height(
    status: Status, z: float | None, oedema: bool, expected: str | None
) -> None:
    assert classified(status, z, oedema) == expected


@pytest.mark.parametrize(
    ("z_scores", "expected"),
    [
        ((-6.0, -6.0, -5.0, -5.0, -5.0), []),
        ((6.0, 5.0, 5.0, 5.0, 5.0), []),
        ((-6.01, -6.01, -5.01, -5.01, -5.01), ["haz", "waz", "whz", "bmiz", "muacz"]),
        ((6.01, 5.01, 5.01, 5.01, 5.01), ["haz", "waz", "whz", "bmiz", "muacz"]),
        ((None, 5.01, None, None, None), ["waz"]),
        ((None, None, None, None, None), []),
    ],
)
def test_flags(z_scores: tuple[float | None, ...], expected: list[str]) -> None:
    names = ("haz", "waz", "whz", "bmiz", "muacz")
    given = ", ".join(f"?::DOUBLE AS {name}" for name in names)
    [(flags,)] = duckdb.execute(f"SELECT {z_flag_sql()} FROM (SELECT {given})", list(z_scores)).fetchall()
    assert flags == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("pendek,Pendek,-3,yes,-2,no", "pendek,Pendek,-3,yes,-2.5,no"),
        ("pendek,Pendek,-3,yes,-2,no", "pendek,Pendek,-3,no,-2,no"),
        ("tinggi,Tinggi,3,no,,", "tinggi,Tinggi,3,no,5,no"),
    ],
)
def test_classes_that_leave_a_gap_are_refused(
    before: str, after: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (classes.GROWTH / "growth_classes.csv").read_text(encoding="utf-8")
    assert before in text
    (tmp_path / "growth_classes.csv").write_text(text.replace(before, after), encoding="utf-8")
    monkeypatch.setattr(classes, "GROWTH", tmp_path)
    with pytest.raises(DeclarationError, match="stunting_status"):
        class_sql("stunting_status")
