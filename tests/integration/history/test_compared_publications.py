"""What changed between two publications is counted, and nobody is named."""

from pathlib import Path

import pytest
from past_nights import figure, night, target

from integration.history import compare, named_pair
from warehouse.errors import PadanError
from warehouse.pointer import ROLLBACK, point_to
from warehouse.settings import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def exit_of(number: int, reason: str) -> dict[str, str]:
    return {"target_id": f"T{number:016}", "reason": reason}


def test_who_is_new_who_left_and_who_changed(home: Home) -> None:
    night(home, "2026-09", {"targeting": [target(n) for n in range(1, 7)]})
    later = [
        target(1),
        target(2, tier="P1"),
        target(3, village_code="35.09.27.2001", gaps=["G03_PMT", "G01_UKUR"]),
        target(4, stunting_status="normal", tier="P5", krs=None),
        target(9, kec_code="35.09.28", kec_name="Ledokombo"),
        target(10, kec_code=None, kec_name=None),
    ]
    night(home, "2026-10", {"targeting": later, "target_exit": [exit_of(5, "aged_out")]})

    with compare(home, *named_pair(home, None, None)) as found:
        assert found.totals == {"new": 2, "left": 2, "changed": 3, "same": 1}
        assert found.reasons == [("aged_out", 1), (None, 1)]
        assert found.watched == ("tier", "village_code", "stunting_status", "krs", "gaps")
        assert found.kecamatan == [
            ("35.09.27", "Kalisat", 0, 2, 1, 1, 2, 1, 1, 1, 1),
            ("35.09.28", "Ledokombo", 1, 0, 0, 0, 0, 0, 0, 0, 0),
            (None, None, 1, 0, 0, 0, 0, 0, 0, 0, 0),
        ]
        assert {column: number for column, _, number in found.columns} == {
            "tier": 2,
            "village_code": 1,
            "gaps": 1,
            "stunting_status": 1,
            "krs": 1,
        }
        assert ("tier", "Prioritas", 2) in found.columns
        told = repr((found.totals, found.reasons, found.kecamatan, found.columns, found.indicators))
    assert "RAHASIA" not in told
    assert "T0000" not in told


def test_the_reason_is_that_of_the_month_in_which_somebody_left_last(home: Home) -> None:
    night(home, "2026-08", {"targeting": [target(1), target(2)]})
    night(home, "2026-09", {"targeting": [], "target_exit": [exit_of(1, "recovered"), exit_of(2, "moved")]})
    night(home, "2026-10", {"targeting": [target(1)], "target_exit": []})
    night(home, "2026-11", {"targeting": [], "target_exit": [exit_of(1, "died")]})

    with compare(home, *named_pair(home, "2026-08", "2026-11")) as found:
        assert found.reasons == [("died", 1), ("moved", 1)]


def test_two_publications_of_one_month_have_no_reasons(home: Home) -> None:
    exits = [exit_of(1, "died")]
    night(home, "2026-10", {"targeting": [target(1)], "target_exit": exits})
    night(home, "2026-10", {"targeting": [], "target_exit": exits})

    with compare(home, *named_pair(home, None, None)) as found:
        assert found.reasons == [(None, 1)]


def test_a_publication_that_was_rolled_back_gives_no_reasons(home: Home) -> None:
    night(home, "2026-08", {"targeting": [target(1)]})
    good = night(home, "2026-08", {"targeting": [target(1)]})
    night(home, "2026-09", {"targeting": [], "target_exit": [exit_of(1, "died")]})
    point_to(home, good.version, ROLLBACK)
    night(home, "2026-10", {"targeting": [], "target_exit": [exit_of(1, "moved")]})

    with compare(home, *named_pair(home, None, None)) as found:
        assert found.reasons == [("moved", 1)]


def test_what_only_one_of_them_has_is_named_and_not_compared(home: Home) -> None:
    night(home, "2026-09", {"targeting": [target(1)]}, without=("krs", "desil"))
    night(home, "2026-10", {"targeting": [target(1, desil=1, krs=False)], "report_month_full": [figure("I01", 1.0)]})

    for pair in (("2026-09", "2026-10"), ("2026-10", "2026-09")):
        with compare(home, *named_pair(home, *pair)) as found:
            assert found.totals == {"new": 0, "left": 0, "changed": 0, "same": 1}
            assert found.only_in_one == ("report_month", "report_month_full", "targeting.desil", "targeting.krs")
            assert found.watched == ("tier", "village_code", "stunting_status", "gaps")
            assert found.indicators == []


def test_indicators_of_the_kabupaten_are_compared_too(home: Home) -> None:
    before = [figure("I01", 25.0), figure("I02", 3.0), figure("I03", None), figure("I04", 1.0)]
    after = [figure("I01", 24.5), figure("I02", 3.0), figure("I03", 7.0), figure("I05", 2.0), figure("I01", 9, "kec")]
    night(home, "2026-09", {"targeting": [], "report_month_full": before})
    night(home, "2026-10", {"targeting": [], "report_month_full": after})

    with compare(home, *named_pair(home, None, None)) as found:
        assert [(code, old, new) for code, _, old, new in found.indicators] == [
            ("I01", 25.0, 24.5),
            ("I03", None, 7.0),
            ("I04", 1.0, None),
            ("I05", None, 2.0),
        ]


def renamed_target(number: int, **values: str) -> dict[str, object]:
    return target(number, **values) | {"target_id": f"T{number + 100:016}"}


def test_ids_of_before_a_rotation_of_keys_are_those_of_the_same_targets(home: Home) -> None:
    renamed = [
        {"old_target_id": f"T{n:016}", "target_id": f"T{n + 100:016}", "rotated_at": "2026-10-15"} for n in (1, 2, 3)
    ]
    night(home, "2026-09", {"targeting": [target(1), target(2), target(3)]})
    night(
        home,
        "2026-10",
        {
            "targeting": [renamed_target(1), renamed_target(2, tier="P1"), target(104)],
            "target_exit": [exit_of(103, "died")],
            "target_alias": renamed,
        },
    )

    with compare(home, *named_pair(home, None, None)) as found:
        assert found.totals == {"new": 1, "left": 1, "changed": 1, "same": 1}
        assert found.reasons == [("died", 1)]
    with compare(home, *named_pair(home, "2026-10", "2026-09")) as found:
        assert found.totals == {"new": 1, "left": 1, "changed": 1, "same": 1}


def test_one_and_the_same_publication_is_told(home: Home) -> None:
    night(home, "2026-10", {"targeting": [target(1)]})

    with (
        pytest.raises(PadanError, match="Both name the publication"),
        compare(home, *named_pair(home, "2026-10", None)),
    ):
        pass
