"""A month by slip in the future is taken back by removing its files; nothing else is withdrawn by that."""

import datetime as dt
from pathlib import Path

import pytest

from integration.contracts import contract
from integration.intake import find_deliveries
from integration.periods import early_deliveries, withdraw_early
from tests.integration.intake.agency_files import EXAMPLES, MEMBER, deliver
from tests.integration.intake.conftest import Intake

TODAY = dt.date(2026, 11, 22)
SLIP = "2027-10"


def night(intake: Intake, today: dt.date = TODAY) -> list[str]:
    """Take in what lies there of the dataset; give what is withdrawn."""
    intake.take("dtsen_anggota")
    lying = find_deliveries(intake.root).of("dtsen_anggota")
    return withdraw_early(intake.connection, intake.home, contract("dtsen_anggota"), lying, today)


def early(intake: Intake) -> list[str]:
    return [one.period for one in early_deliveries(intake.connection, intake.home, TODAY)]


def months(intake: Intake, status: str) -> list[str]:
    found = intake.rows(
        "SELECT period FROM agency_extracts.delivery "
        f"WHERE dataset = 'dtsen_anggota' AND status = '{status}' ORDER BY period"
    )
    return [month for (month,) in found]


@pytest.fixture
def slip(intake: Intake) -> Path:
    """Give the file of a month by slip, which waits beside what is in force."""
    for dataset in ("dukcapil_penduduk", "dinkes_balita", "dtsen_keluarga"):
        deliver(intake.root, dataset, [EXAMPLES[dataset]])
        intake.take(dataset)
    deliver(intake.root, "dtsen_anggota", [MEMBER])
    path = deliver(intake.root, "dtsen_anggota", [MEMBER], period=SLIP)
    assert night(intake) == []
    assert early(intake) == [SLIP]
    return path


def test_a_month_that_has_not_come_is_withdrawn_when_its_files_are_gone(intake: Intake, slip: Path) -> None:
    assert night(intake) == [], "it waits as long as it lies there"
    slip.unlink()
    (said,) = night(intake)
    assert said.startswith("Dinas Sosial (social_welfare), dtsen_anggota 2027-10: its month has not come")
    assert (months(intake, "in_force"), months(intake, "withdrawn")) == (["2026-10"], [SLIP])
    assert early(intake) == [], "it is warned of no longer"
    assert night(intake) == [], "and withdrawn once"


def test_what_was_withdrawn_comes_in_again_when_it_lies_there_again(intake: Intake, slip: Path) -> None:
    content = slip.read_bytes()
    slip.unlink()
    night(intake)
    slip.write_bytes(content)
    back = intake.take("dtsen_anggota")
    assert (back.accepted, back.unchanged) == (1, 1)
    assert "it was withdrawn and lies there again" in back.warnings[-1]
    assert night(intake) == []
    assert (months(intake, "in_force"), months(intake, "withdrawn")) == (["2026-10", SLIP], [SLIP])


def test_a_refused_delivery_of_the_month_withdraws_nothing(intake: Intake, slip: Path) -> None:
    slip.write_bytes(b"")
    assert night(intake) == []
    assert SLIP in months(intake, "in_force")


def test_a_month_that_has_come_stays_in_force_when_its_files_are_gone(intake: Intake, slip: Path) -> None:
    for path in (intake.root / "social_welfare" / "dtsen_anggota").rglob("*.csv"):
        path.unlink()
    assert night(intake, dt.date(2027, 10, 1)) == []
    assert months(intake, "in_force") == ["2026-10", SLIP]


def test_a_clock_that_is_not_to_be_believed_withdraws_nothing(intake: Intake, slip: Path) -> None:
    for path in (intake.root / "social_welfare" / "dtsen_anggota").rglob("*.csv"):
        path.unlink()
    assert night(intake, dt.date(2020, 1, 1)) == []
    assert months(intake, "in_force") == ["2026-10", SLIP]
