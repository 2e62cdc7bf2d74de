"""What is typed at intake refuses the same rows, and measures the same of a delivery, as the whole contract would."""

import datetime as dt
import random
from typing import Any

import pyarrow as pa
import pytest

from integration.cleaning.regions import load_regions
from integration.cleaning.typed_rows import type_rows
from integration.contracts import Column, Contract, contract, contracts
from integration.intake.judged_columns import judged_contract
from tests.integration.intake.conftest import ONE_THREAD
from warehouse.database import Connection, in_memory, rows, value

NIKS = ["3509276505230001", "3509276505230002", "3509************", "0000000000000000", "9999990101010001", "12", None]
CELLS: dict[str, list[str | None]] = {
    "nik": NIKS,
    "kk": ["3509271506170003", "3509271506170004", "-", None],
    "name": ["SITI", "SITI", "HOLIFAH", "-", "tidak tahu", None],
    "date": ["2023-05-25", "05/25/2023", "11-10-2026", "2027-01-01", "2026-10-11", "besok", "0", None],
    "number": ["75", "75,2", "-1", "9999", "banyak", None],
    "integer": ["1", "10", "11", "0", "Belum Ada Desil", None],
    "code": ["1", "2", "P", "L", "DATANG", "?", None],
    "kecamatan": ["KALISAT", "Kec. Kalisat", "TUTUR", None],
    "village": ["GLAGAHWERO", "GLAGAH WERO", "ENTAH", None],
    "kecamatan_code": ["35.09.27", "350927", None],
    "village_code": ["35.09.27.2006", "3509272006", "1", None],
    "region_part": ["35", "9", "27", "2006", "x", None],
}


def odd_cells(one: Contract, seed: int) -> pa.Table:
    """Make raw rows of two files whose cells are drawn from what may be written in a column of their type."""
    chance = random.Random(seed)

    def cell(column: Column) -> str | None:
        return chance.choice(CELLS.get(column.type, ["1", "a", "-", "2023-05-25", None]))

    made: list[dict[str, Any]] = [
        {
            "delivery_id": "d",
            "source_file_id": f"f{number % 2}",
            "source_file": f"f{number % 2}",
            "source_row_no": number,
            "kab_code": "35.09",
            "period": "2026-10",
            "snapshot_date": dt.date(2026, 10, 31),
            "region_code_system": "kemendagri",
            **{column.name: cell(column) for column in one.columns},
        }
        for number in range(1, 301)
    ]
    kinds = {"source_row_no": pa.int64(), "snapshot_date": pa.date32()}
    return pa.Table.from_pylist(made, pa.schema([(name, kinds.get(name, pa.string())) for name in made[0]]))


def judgement(connection: Connection, one: Contract, typed_by: Contract) -> tuple[list[Any], list[Any]]:
    """Give each row's refusal and what each delivery rule measures."""
    type_rows(connection, typed_by, "raw_rows", "typed_rows", lambda _: None, temporary=True)
    usable = "(SELECT * FROM typed_rows WHERE refusal IS NULL)"
    measured = [
        value(connection, f"SELECT ({rule.measure})::DOUBLE FROM {rule.over.replace('{rows}', usable)}")
        for rule in one.delivery_rules
    ]
    return rows(connection, "SELECT source_row_no, refusal FROM typed_rows ORDER BY 1"), measured


@pytest.mark.parametrize("dataset", contracts())
def test_the_judged_columns_decide_as_the_whole_contract_does(dataset: str) -> None:
    one = contract(dataset)
    with in_memory(ONE_THREAD) as connection:
        load_regions(connection)
        connection.register("raw_rows", odd_cells(one, seed=len(dataset)))
        whole = judgement(connection, one, one)
        assert judgement(connection, one, judged_contract(one)) == whole
    refusals = {refusal for _, refusal in whole[0]}
    assert len(refusals) > 1, "some rows are refused"
    assert None in refusals, "and some are not"


def test_most_columns_of_the_widest_contracts_need_no_typing_to_judge() -> None:
    left = {name: len(judged_contract(one).columns) / len(one.columns) for name, one in contracts().items()}
    assert left["dukcapil_penduduk"] < 0.4
    assert left["dinkes_ibu_hamil"] < 0.2
