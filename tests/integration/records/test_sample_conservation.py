"""A sample with all the damage of real deliveries goes all the way to records, and every row is accounted for."""

import datetime as dt
from pathlib import Path

import pyarrow.parquet as pq

from integration.contracts import contracts
from integration.intake import find_deliveries
from integration.records import build_family_records, build_person_records, type_in_force
from integration.sampling import write_sample
from tests.integration.intake.conftest import Intake


def test_every_row_of_a_damaged_sample_is_a_record_or_in_quarantine(intake: Intake) -> None:
    sample = write_sample(intake.root, families=150, seed=1)
    assert find_deliveries(intake.root).passed_over == []
    read = quarantined = 0
    for dataset in contracts():
        result = intake.take(dataset)
        assert result.refused == []
        assert result.read + result.quarantined >= sample.rows[dataset] - 1
        read += result.read
        quarantined += result.quarantined
    promised = sum(sample.rows.values())
    assert read + quarantined == promised

    typed = sum(type_in_force(intake.connection, one, dt.date(2026, 10, 31)) for one in contracts().values())
    assert typed == read
    wives = intake.rows("SELECT count(*) FROM clean_records.siga_krs WHERE wife_name IS NOT NULL")[0][0]
    assert build_person_records(intake.connection) == read + wives
    assert build_family_records(intake.connection) > 0

    where = "SELECT dataset, parse_filename(source_file), source_row_no"
    recorded = set(intake.rows(f"{where}, role FROM clean_records.person_record"))
    refused = set(intake.rows(f"{where} FROM agency_extracts.quarantine"))
    assert len(recorded) == read + wives
    for one in pq.read_table(intake.root / "truth" / "rows.parquet").to_pylist():
        key = (one["dataset"], Path(one["file"]).name, one["row"])
        assert (*key, one["role"]) in recorded or key in refused, key
