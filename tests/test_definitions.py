"""What the UI shows, frozen: a change of assets, checks, job or schedule is seen in review.

`definitions.json` beside this file is rewritten by

    python tests/test_definitions.py
"""

import json
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.freshness import CronFreshnessPolicy

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from assets.definitions import defs

SNAPSHOT = Path(__file__).with_name("definitions.json")


def _severity(check: dg.AssetCheckKey) -> str:
    both = (*(defs.asset_checks or ()), *(defs.assets or ()))
    holders = [one for one in both if isinstance(one, dg.AssetsDefinition)]
    spec = next(one.get_spec_for_check_key(check) for one in holders if check in one.check_keys)
    return str(spec.metadata.get("severity", "gate"))


def _promised(policy: object) -> dict[str, str]:
    if not isinstance(policy, CronFreshnessPolicy):
        return {}
    return {"kept_by": f"{policy.deadline_cron} {policy.timezone}, at most {policy.lower_bound_delta} before"}


def as_shown() -> dict[str, object]:
    """Give everything that the UI shows of the definitions and a reviewer should see change."""
    graph = defs.resolve_asset_graph()
    assets = {
        key.to_user_string(): {
            "group": graph.get(key).group_name,
            "kinds": sorted(graph.get(key).kinds),
            "owners": sorted(graph.get(key).owners),
            "made_from": sorted(parent.to_user_string() for parent in graph.get(key).parent_keys),
            "pools": sorted(graph.get(key).pools or ()),
            **_promised(graph.get(key).freshness_policy),
            "checks": {
                check.name: f"{_severity(check)}{', may stop the run' if graph.get(check).blocking else ''}"
                for check in sorted(graph.get(key).check_keys, key=lambda one: one.name)
            },
        }
        for key in sorted(graph.get_all_asset_keys())
    }
    jobs = {job.name: job.description for job in defs.jobs or ()}
    schedules = {
        one.name: {
            "job": one.job_name,
            "cron": one.cron_schedule,
            "timezone": one.execution_timezone,
            "default": one.default_status.value,
        }
        for one in defs.schedules or ()
        if isinstance(one, dg.ScheduleDefinition)
    }
    sensors = {
        one.name: {
            "asks_for": [target.job_name for target in one.targets],
            "seconds": one.minimum_interval_seconds,
            "default": one.default_status.value,
            "description": one.description,
        }
        for one in defs.sensors or ()
    }
    return {"jobs": jobs, "schedules": schedules, "sensors": sensors, "assets": assets}


def as_text() -> str:
    return json.dumps(as_shown(), indent=1) + "\n"


def test_the_definitions_are_those_that_were_reviewed() -> None:
    assert as_text() == SNAPSHOT.read_text(encoding="utf-8"), "if it is meant: python tests/test_definitions.py"


def test_the_schedules_are_of_the_night_in_jakarta_and_off() -> None:
    schedules = [one for one in defs.schedules or () if isinstance(one, dg.ScheduleDefinition)]

    assert {one.name: one.cron_schedule for one in schedules} == {
        "nightly_at_two": "0 2 * * *",
        "retention_at_four": "0 4 * * *",
    }
    assert {one.execution_timezone for one in schedules} == {"Asia/Jakarta"}
    assert {one.default_status for one in schedules} == {dg.DefaultScheduleStatus.STOPPED}


@pytest.mark.parametrize("key", sorted(defs.resolve_asset_graph().get_all_asset_keys()), ids=dg.AssetKey.to_user_string)
def test_every_asset_says_what_it_is(key: dg.AssetKey) -> None:
    asset = defs.resolve_asset_graph().get(key)

    assert asset.description
    assert asset.owners
    assert asset.group_name == key.path[0]
    if key.path[-1] not in ("late_months", "publication", "agency_snapshots", "postgres"):
        columns = asset.metadata["dagster/column_schema"].columns
        assert columns
        assert all(column.description and column.tags["privacy"] for column in columns)


def test_every_check_says_what_it_wants() -> None:
    graph = defs.resolve_asset_graph()

    assert [key for key in graph.asset_check_keys if not graph.get(key).description] == []


def test_loading_the_definitions_does_not_load_great_expectations() -> None:
    loaded = "import sys, assets.definitions; print('great_expectations' in sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", loaded], cwd=SNAPSHOT.parents[1], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "False"
    assert done.stderr == ""


def test_help_does_not_load_dagster() -> None:
    loaded = (
        "import sys\nfrom assets.command_line.run import command\nfrom assets.command_line.ui import command\n"
        "print('dagster' in sys.modules)"
    )

    done = subprocess.run(
        [sys.executable, "-c", loaded], cwd=SNAPSHOT.parents[1], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "False"


if __name__ == "__main__":
    SNAPSHOT.write_text(as_text(), encoding="utf-8")
