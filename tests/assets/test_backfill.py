"""What a person says in the Launchpad of `backfill` holds for the runs inside it, too."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from assets.definitions import defs
from assets.night import Night
from assets.run_log import RUN_LOG

BACKFILL = defs.resolve_job_def("backfill")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"nothing_new": "nothing new: 1 stands", "version": "1"}, "nothing new: 1 stands"),
        ({"version": "2"}, "published: 2"),
        (None, "not published"),
    ],
)
def test_the_runs_inside_are_of_the_same_home_and_thoroughness(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: dict[str, str] | None, said: str
) -> None:
    asked: list[dict[str, Any]] = []

    class Inner:
        def execute_in_process(self, **more: Any) -> SimpleNamespace:
            asked.append(more["run_config"])
            made = dg.AssetMaterialization("publication", metadata=told) if told else None
            return SimpleNamespace(
                success=True,
                run_id="inner",
                all_events=[],
                asset_materializations_for_node=lambda _node: [made] if made else [],
            )

    monkeypatch.setenv("PADAN_HOME", str(tmp_path / "another"))
    monkeypatch.setattr("assets.definitions.defs", SimpleNamespace(resolve_job_def=lambda _name: Inner()))
    (tmp_path / "home").mkdir()
    night = Night(home=str(tmp_path / "home"), extracts=str(tmp_path), afresh=True)
    with dg.DagsterInstance.ephemeral() as instance:
        done = BACKFILL.execute_in_process(partition_key="2026-09", instance=instance, run_config=night.within)
        (became,) = [
            event.step_output_data.metadata["became"].value for event in done.all_events if event.is_successful_output
        ]

    assert done.success
    assert became == said
    assert [one["resources"]["night"]["config"] for one in asked] == 2 * [
        {"home": str(tmp_path / "home"), "extracts": str(tmp_path), "afresh": True}
    ]
    assert all(RUN_LOG in one["loggers"] for one in asked)
