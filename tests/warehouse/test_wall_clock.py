"""The day is that of Jakarta, wherever the machine stands."""

import datetime as dt
import subprocess
import sys

import pytest

from warehouse.wall_clock import WIB, today

NEAR_MIDNIGHT = dt.datetime(2026, 12, 31, 17, 30, tzinfo=dt.UTC)


def test_the_last_hours_of_a_day_in_greenwich_are_the_next_day_in_jakarta() -> None:
    assert NEAR_MIDNIGHT.astimezone(WIB).isoformat() == "2027-01-01T00:30:00+07:00"


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Kiritimati"])
def test_the_zone_of_the_machine_does_not_matter(zone: str) -> None:
    code = "from warehouse.wall_clock import today; print(today())"
    before = today().isoformat()

    said = subprocess.run([sys.executable, "-c", code], env={"TZ": zone}, capture_output=True, text=True, check=True)

    assert said.stdout.strip() in {before, today().isoformat()}
