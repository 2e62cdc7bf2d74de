"""With the real definitions: what fails a check is not published, and what was published before stays."""

import dagster as dg
import pytest
from at_the_terminal import NightRun

from assets.definitions import defs
from assets.run_record import run_record
from warehouse.database import writer
from warehouse.made import making
from warehouse.publication import current_publication
from warehouse.tables import stage_tables

PUBLISH = [
    *(dg.AssetKey(["targeting", name]) for name in stage_tables("targeting")),
    dg.AssetKey(["targeting", "publication"]),
]


# A file of other rows has another id: by that the families are known that are to be judged anew.
OTHER_ROWS = """
UPDATE clean_records.dtsen_keluarga SET desil_nasional = 14;
UPDATE clean_records.person_record SET source_file_id = 'of other rows' WHERE dataset = 'dtsen_keluarga'
"""


@pytest.mark.parametrize(
    ("damage", "fails"),
    [
        (OTHER_ROWS, "bounds_kept"),
        (
            "UPDATE agency_extracts.delivery SET status = 'superseded' WHERE dataset = 'dtsen_anggota'",
            "gate_delivery_in_force_dtsen_anggota",
        ),
    ],
)
def test_a_failed_check_stops_the_publication(
    night_run: NightRun,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    damage: str,
    fails: str,
) -> None:
    home = night_run.copy(tmp_path_factory.mktemp("stopping") / "home")
    monkeypatch.setenv("PADAN_HOME", str(home.path))  # where the run's log is written
    with writer(home) as connection, making(connection, ["clean_records.dtsen_keluarga"], "damaged", "a run"):
        connection.execute(damage)

    with dg.DagsterInstance.ephemeral() as instance:
        result = defs.resolve_job_def("nightly").execute_in_process(
            instance=instance,
            asset_selection=PUBLISH,
            run_config={
                "resources": {"night": {"config": {"home": str(home.path), "extracts": str(night_run.extracts)}}},
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
            raise_on_error=False,
        )
        told = run_record(instance, result.run_id)

    failed = {
        check.check_name: check.severity.name for check in result.get_asset_check_evaluations() if not check.passed
    }
    assert failed[fails] == "ERROR"
    assert not result.success
    assert not result.asset_materializations_for_node("targeting__publication")
    assert current_publication(home).facts == night_run.publication.facts
    assert told.outcome == "refused"
    assert any(fails in text for text in told.failures)
