"""A small world in which something of every kind happened, matched, for the tests of explanations."""

import datetime as dt
from typing import Any

import duckdb

from integration.linkage import Model, load_model, match_records
from integration.persons import build_persons
from tests.integration.linkage.small_world import KEY, kalisat, record, warehouse

SITI, TWIN, HEAD, OUTSIDE = "3509276505230001", "3509270203250001", "3509271203900004", "3510151507880002"
FIRST_CARD, SECOND_CARD = "3509271506170003", "3509272003150001"
CANARY_NAMES = ("SAMSUL", "HOLIFAH", "NAYLA", "FAUZAN", "MISNADI", "KUNTORO")


def rows() -> list[dict[str, Any]]:
    """Give the register of Kalisat and what three agencies say of it."""
    unknown_card = {"kk": "3509270909190007", "household_ref": "3509270909190007"}
    nowhere = {"kec_code": None, "village_code": None}
    return [
        *kalisat(),
        # 2: by NIK; 3: the same person again, in a source that holds each once; 4: her NIK, but somebody else's facts
        record("dtsen_anggota", 2, "SITI NAYLA AZZAHRA", nik=SITI, kk=FIRST_CARD, born="2023-05-25", sex="P"),
        record("dtsen_anggota", 3, "SITI NAILA AZZAHRA", kk=FIRST_CARD, born="2023-05-25", sex="P"),
        record("dtsen_anggota", 4, "KUNTORO", nik=SITI, kk="3509270101010001", born="1950-02-01", sex="L"),
        # 5 to 7: a household under a card that the register does not know; the son has no number and no date
        record("dtsen_anggota", 5, "SAMSUL ARIFIN", nik=HEAD, born="1990-03-12", sex="L", **unknown_card),
        record("dtsen_anggota", 6, "HOLIFAH", nik="3509275208940001", born="1994-08-12", sex="P", **unknown_card),
        record("dtsen_anggota", 7, "AHMAD FAUZAN H", sex="L", **unknown_card),
        # a toddler with a masked number and a mother; somebody nobody knows; somebody outside the register, twice
        record("dinkes_balita", 2, "FAUZAN HAKIM", nik="350927**********", born="2025-03-02", sex="L",
               mother_name="HOLIFAH", parent_name="HOLIFAH"),
        record("dinkes_balita", 3, "ZULAIKHA QONITA", nik=None, born="2024-01-09", sex="P"),
        record("dinkes_ibu_hamil", 2, "RATNA KUNTORO", nik=OUTSIDE, born="1988-07-15", sex="P", **nowhere),
        record("p3ke_keluarga", 2, "RATNA KUNTORO", role="head", nik=OUTSIDE, born="1988-07-15", sex="P", **nowhere),
        # nothing but a name
        record("dinkes_ibu_hamil", 3, "DEDI ALFIAN MUJIB", **nowhere),
    ]  # fmt: skip


def explained(model: Model | None = None, **decided: str) -> duckdb.DuckDBPyConnection:
    """Give the world after a night; `decided`: verdicts on `toddler` (row 3 of dinkes_balita) and register row 9."""
    con = warehouse(rows())
    night(con, model)
    if decided:
        one, other = (described(con, *row) for row in (("dinkes_balita", 3), ("dukcapil_penduduk", 9)))
        con.execute(
            """INSERT INTO matched_pairs.decision BY NAME
            SELECT least($one, $other) AS description_a, greatest($one, $other) AS description_b, $verdict AS verdict,
              'ANI WIJAYA' AS decided_by, $at AS decided_at, NULL AS note, $at AS exported_at,
              'doubtful' AS sampled_as, NULL AS reason, 0.5 AS match_probability, 'f.xlsx' AS source_file,
              2 AS source_row_no""",
            {"one": one, "other": other, "verdict": decided["toddler"], "at": dt.datetime(2026, 11, 1)},
        )
        night(con, model)
    return con


def night(con: duckdb.DuckDBPyConnection, model: Model | None = None) -> None:
    match_records(con, model or load_model())
    build_persons(con, KEY)


def described(con: duckdb.DuckDBPyConnection, dataset: str, row: int) -> int:
    """Give the description of a row."""
    ((found,),) = con.execute(
        """SELECT description_id
        FROM matched_pairs.record_description JOIN clean_records.person_record USING (record_id)
        WHERE dataset = ? AND source_row_no = ?""",
        [dataset, row],
    ).fetchall()
    return int(found)
