"""Raw rows become typed rows: every column type, what is unknown, what is flagged and what is refused."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from integration.cleaning.regions import load_regions
from integration.cleaning.typed_rows import type_rows
from integration.contracts import contract, contracts

Typed = dict[str, Any]
Type = Callable[..., list[Typed]]
SNAPSHOT = dt.date(2026, 10, 31)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET disabled_optimizers = 'in_clause'")
        load_regions(connection)
        yield connection


@pytest.fixture
def typed(connection: duckdb.DuckDBPyConnection) -> Type:
    """Type rows given as typed column name -> text; a row may name its file as `file`."""

    def type_(dataset: str, *rows: dict[str, str], system: str | None = None) -> list[Typed]:
        one = contract(dataset)
        raw = [
            {
                "delivery_id": "d",
                "source_file_id": row.get("file", "f"),
                "source_file": row.get("file", "f"),
                "source_row_no": number,
                "kab_code": "35.09",
                "period": "2026-10",
                "snapshot_date": SNAPSHOT,
                "region_code_system": system,
                **{column.name: row.get(column.name) for column in one.columns},
            }
            for number, row in enumerate(rows, start=2)
        ]
        text = [(column.name, pa.string()) for column in one.columns]
        keys = [("delivery_id", pa.string()), ("source_file_id", pa.string()), ("source_file", pa.string())]
        keys += [("source_row_no", pa.int64()), ("kab_code", pa.string()), ("period", pa.string())]
        keys += [("snapshot_date", pa.date32()), ("region_code_system", pa.string())]
        connection.register("raw_rows", pa.Table.from_pylist(raw, schema=pa.schema(keys + text)))
        type_rows(connection, one, "raw_rows", "typed_rows", lambda _: None, temporary=True)
        found = connection.execute("FROM typed_rows ORDER BY source_row_no")
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    return type_


def toddler(**said: str) -> dict[str, str]:
    """Write a toddler row that is fine but for what is said."""
    fine = {"name": "SITI", "sex": "P", "birth_date": "2023-05-25", "measured_on": "2026-10-11"}
    return {**fine, "kec_text": "KALISAT", "village_text": "GLAGAHWERO", **said}


def values(rows: list[Typed], column: str) -> list[Any]:
    return [row[column] for row in rows]


def issues(rows: list[Typed], column: str) -> list[list[str]]:
    return [[issue.split(":")[1] for issue in row["issues"] if issue.startswith(f"{column}:")] for row in rows]


@pytest.mark.parametrize("dataset", contracts())
def test_an_empty_row_is_all_null_and_a_dataset_without_rows_is_typed(typed: Type, dataset: str) -> None:
    assert typed(dataset) == []
    (row,) = typed(dataset, {})
    made = {"issues", "refusal", "region_code_system"} | {c for c in row if c.endswith(("_status", "_ambiguous"))}
    keys = {"delivery_id", "source_file_id", "source_file", "source_row_no", "kab_code", "period", "snapshot_date"}
    assert {name for name, cell in row.items() if cell is not None} <= made | keys


def test_texts_that_mean_nothing_are_null_in_every_type(typed: Type) -> None:
    tokens = ["", "-", "--", ".", "NULL", "nan", "N/A", "#N/A", "Kosong", "TIDAK ADA DATA", "belum ada", "\u00a0-\t"]
    names = ["nik", "birth_weight_kg", "rt", "parent_name", "kia_book", "position"]
    for row in typed("dinkes_balita", *(toddler(**dict.fromkeys(names, token)) for token in tokens)):
        assert [row[name] for name in names] == [None] * 6
        assert (row["nik_status"], row["issues"]) == ("missing", [])


def test_numbers_are_read_with_comma_and_unit_and_kept_in_range(typed: Type) -> None:
    written = ["8,4", "8.4 kg", "0", "-", "99", "delapan"]
    rows = typed("dinkes_balita", *(toddler(weight_kg=text) for text in written))
    assert values(rows, "weight_kg") == [8.4, 8.4, None, None, None, None]
    assert issues(rows, "weight_kg") == [[], [], [], [], ["out_of_range"], ["unreadable"]]
    assert values(rows, "weight_kg_outside") == [None, None, None, None, 99.0, None]


def test_grams_are_rescaled_only_where_the_contract_says_so_and_flagged(typed: Type) -> None:
    rows = typed("dinkes_balita", *(toddler(birth_weight_kg=text) for text in ("2,7", "2700", "3200 gr", "27", "0")))
    assert values(rows, "birth_weight_kg") == [2.7, 2.7, 3.2, None, None]
    assert issues(rows, "birth_weight_kg") == [[], ["rescaled"], ["rescaled"], ["out_of_range"], []]
    (row,) = typed("dinkes_ibu_hamil", {"baby_weight_g": "3,1"})
    assert row["baby_weight_g"] == pytest.approx(3100)


def test_dates_in_every_form(typed: Type) -> None:
    written = [
        "2023-05-25 00:00:00",
        "25/05/2023",
        "25-5-23",
        "25 Mei 2023",
        "45071",
        "1900-01-00",
        "01/01/1900",
        "kapan",
    ]
    rows = typed("dinkes_balita", *(toddler(birth_date=text) for text in written))
    assert values(rows, "birth_date") == [dt.date(2023, 5, 25)] * 5 + [None] * 3
    assert issues(rows, "birth_date") == [[]] * 5 + [["empty"], ["empty"], ["unreadable", "empty"]]


def test_two_digit_years_are_of_the_century_before_the_snapshot(typed: Type) -> None:
    rows = typed("dinkes_ibu_hamil", *({"birth_date": text} for text in ("1-2-26", "1-2-27", "1-2-94")))
    assert [date.year for date in values(rows, "birth_date")] == [2026, 1927, 1994]


def test_a_birth_after_the_snapshot_is_unknown_and_flagged(typed: Type) -> None:
    (row,) = typed("dinkes_balita", toddler(birth_date="2027-03-31"))
    assert (row["birth_date"], row["refusal"]) == (None, None)
    assert "birth_date:future_birth_date" in row["issues"]


def test_a_measurement_after_the_snapshot_or_before_birth_is_refused(typed: Type) -> None:
    rows = typed(
        "dinkes_balita",
        toddler(measured_on="2026-11-01"),
        toddler(measured_on="2023-05-24"),
        toddler(measured_on="2026-10-31"),
        toddler(measured_on="2026-08-30"),
        toddler(measured_on="besok"),
        toddler(name="-"),
        toddler(sex="", birth_date=""),
    )
    assert values(rows, "refusal") == [
        "measured_on:measured_after_snapshot",
        "measured_on:measured_before_birth",
        None,
        None,
        "measured_on:empty_or_unreadable",
        "name:empty_or_unreadable",
        None,
    ]
    assert "measured_on:measured_outside_period" in rows[3]["issues"]
    assert {"sex:empty", "birth_date:empty"} <= set(rows[6]["issues"]), "kept: the register supplies both"


@pytest.mark.parametrize(("american", "month"), [(19, 4), (18, 3)])
def test_a_column_is_read_month_first_from_95_of_100_unambiguous_dates(typed: Type, american: int, month: int) -> None:
    said = [*["04/25/2023"] * american, *["25/04/2023"] * (20 - american), "04/03/2023"]
    rows = typed("dinkes_balita", *(toddler(birth_date=text) for text in said))
    assert rows[-1]["birth_date"] == dt.date(2023, month, 7 - month)
    assert rows[-1]["birth_date_other"] == dt.date(2023, 7 - month, month)
    assert rows[-1]["birth_date_ambiguous"] is (american == 18)
    assert set(values(rows[:-1], "birth_date")) == {dt.date(2023, 4, 25)}, "what has one reading keeps it"


def test_the_order_of_day_and_month_is_each_file_s_own(typed: Type) -> None:
    rows = typed(
        "dinkes_balita",
        toddler(birth_date="04/25/2023", file="american"),
        toddler(birth_date="04/03/2023", file="american"),
        toddler(birth_date="04/03/2023", file="ours"),
    )
    assert [date.month for date in values(rows, "birth_date")[1:]] == [4, 3]


def test_codes_are_known_by_number_word_and_spreadsheet_form(typed: Type) -> None:
    written = ["L", "1", "1.0", "01", " laki -laki", "Laki-Laki", "LAKI\u00a0LAKI", "2", "perempuan", "3", "?"]
    rows = typed("dinkes_balita", *(toddler(sex=text) for text in written))
    assert values(rows, "sex") == ["L", "L", "L", "L", None, "L", "L", "P", "P", None, None]
    assert issues(rows, "sex")[-1] == ["unknown_code", "empty"]


def test_boolean_words(typed: Type) -> None:
    for words, meaning in (("1 Y YA Ya V √ ✓ TRUE true", True), ("0 2 T TDK TIDAK Tidak X FALSE false", False)):
        *rows, unknown = typed("dinkes_balita", *(toddler(mbg=word) for word in [*words.split(), "mungkin"]))
        assert set(values(rows, "mbg")) == {meaning}
        assert (unknown["mbg"], unknown["issues"]) == (None, ["mbg:unknown_code"])


def test_not_applicable_is_a_code_of_k1_only(typed: Type) -> None:
    (row,) = typed("siga_krs", {"head_name": "A", "too_young": "TIDAK BERLAKU", "too_old": "3", "pregnant": "3"})
    assert (row["too_young"], row["too_old"], row["pregnant"]) == ("3", "3", None)
    (row,) = typed("siga_krs", {"head_name": "A", "too_young": "√", "too_old": "x", "has_pus": "", "has_baduta": "V"})
    assert [row[name] for name in ("too_young", "too_old", "has_pus", "has_baduta")] == ["1", "2", None, "1"]


def test_desil_is_never_guessed(typed: Type) -> None:
    written = ["1", "10", "6-10", "Belum Ada Desil", "", "NULL", "11", "0"]
    rows = typed("dtsen_keluarga", *({"head_name": "A", "desil_nasional": text} for text in written))
    assert values(rows, "desil_nasional") == [1, 10, None, None, None, None, None, None]
    assert values(rows, "refusal") == [None] * 6 + ["desil_nasional:out_of_range"] * 2


def test_what_mothers_files_write_into_one_cell(typed: Type) -> None:
    (row, other) = typed(
        "dinkes_ibu_hamil",
        {"gravida": "G3P2A0", "gestational_weeks_source": "28 mgg", "interval_years": "14 bln", "hb": "11,2 gr%"},
        {"gravida": "3", "parity": "2", "abortions": "1", "interval_years": "1,5 th", "muac_cm": "0"},
    )
    assert [row[name] for name in ("gravida", "parity", "abortions", "gestational_weeks_source")] == [3, 2, 0, 28]
    assert row["interval_years"] == pytest.approx(14 / 12)
    assert row["hb"] == 11.2
    assert not [issue for issue in row["issues"] if issue.split(":")[1] in ("unreadable", "out_of_range")]
    assert [other[name] for name in ("parity", "abortions", "interval_years", "muac_cm")] == [2, 1, 1.5, None]


def test_the_one_null_token_that_is_a_value(typed: Type) -> None:
    rows = typed(
        "p3ke_keluarga", *({"head_name": "A", "latrine_text": text} for text in ("KOSONG", "kosong", "-", "UMUM"))
    )
    assert values(rows, "latrine_text") == ["KOSONG", "KOSONG", None, None]
    assert issues(rows, "latrine_text") == [[], [], [], ["unknown_code"]]


def test_identifiers_say_what_they_are(typed: Type) -> None:
    written = {
        "3509276505230001": "valid",
        "'3509276505230001": "valid",
        "3509276505230001.0": "valid",
        "3514016505230001": "valid_foreign",
        "3509276505230010.0": "truncated",
        "3.50927E+15": "truncated",
        "35092***********": "masked",
        "9999999999999999": "placeholder",
        "3509276599230001": "bad_date",
        "0000": "placeholder",
        "0": "missing",
        "35092765": "bad_length",
    }
    rows = typed("dinkes_balita", *(toddler(nik=text) for text in written))
    assert values(rows, "nik_status")[:8] == list(written.values())[:8]
    assert values(rows, "nik_status")[8] == "bad_date"
    assert values(rows, "nik_status")[10:] == ["missing", "bad_length"]
    assert [row["nik_prefix"] for row in rows[4:7]] == ["3509276505", "350927", "35092"]
    assert values(rows, "refusal") == [None] * len(rows), "a bad NIK never costs a row"


def test_places_are_resolved_jointly_and_strangers_stay_unresolved(typed: Type) -> None:
    rows = typed(
        "dinkes_balita",
        toddler(),
        toddler(kec_text="KEC. KALISAT", village_text="Desa Glagah Wero"),
        toddler(kec_text="PURWOSARI", village_text="TENGGER"),
        toddler(kec_text="KALISAT", village_text=""),
    )
    assert values(rows, "village_code") == ["35.09.27.2006", "35.09.27.2006", None, None]
    assert values(rows, "kec_code") == ["35.09.27"] * 2 + [None, "35.09.27"]
    assert issues(rows, "village_text") == [[], [], ["unknown_region"], ["unknown_region"]]


def test_codes_of_another_kabupaten_are_flagged_and_not_taken(typed: Type) -> None:
    here = {
        "name": "A",
        "nik": "3509276505230001",
        "province_no": "35",
        "kab_no": "9",
        "kec_no": "27",
        "village_no": "2006",
    }
    rows = typed(
        "dukcapil_penduduk",
        here,
        {key: f"{text}.0" if key.endswith("_no") else text for key, text in here.items()},
        {**here, "kab_no": "14", "kec_no": "1", "village_no": "2001"},
        {**here, "village_no": "2999"},
    )
    assert values(rows, "village_code") == ["35.09.27.2006", "35.09.27.2006", None, None]
    assert issues(rows, "village_no") == [[], [], ["other_kabupaten"], ["unknown_region"]]


def test_plain_digits_are_ministry_codes_only_where_the_manifest_says_so(typed: Type) -> None:
    plain = {"head_name": "A", "province_code": "35", "kab_text_code": "3509", "kec_text_code": "350927"}
    row = {**plain, "village_text_code": "3509272006", "kec_text": "KALISAT", "village_text": "SUMBERJERUK"}
    by_code, by_name, unsaid = (
        typed("dtsen_keluarga", row, system=system)[0]["village_code"] for system in ("kemendagri", "bps", None)
    )
    assert by_code == "35.09.27.2006"
    assert by_name == unsaid
    assert by_name is not None
    assert by_name != by_code


def test_rt_and_rw_are_three_digits_and_dates_are_no_rt(typed: Type) -> None:
    rows = typed(
        "dinkes_balita", *(toddler(rt=text, rw=text) for text in ("3", "RT 003", "3/5", "2026-01-03", "0", "x"))
    )
    assert values(rows, "rt") == ["003", "003", "003", None, None, None]
    assert values(rows, "rw") == ["003", "003", "005", None, None, None]
    assert issues(rows, "rt") == [[], [], [], ["unreadable"], [], ["unreadable"]]


def test_rules_of_a_row_flag_and_never_show_a_value(typed: Type) -> None:
    (row,) = typed(
        "siga_krs",
        {"head_name": "A", "has_pus": "2", "pregnant": "1", "not_modern_fp": "1", "four_too": "2", "too_close": "1"},
    )
    assert set(row["issues"]) >= {
        "pregnant:pregnant_without_couple",
        "not_modern_fp:contraception_without_couple",
        "four_too:four_too_disagrees",
    }
    assert row["refusal"] is None


def test_places_new_in_a_later_delivery_are_resolved_too(typed: Type) -> None:
    assert typed("dinkes_balita", toddler())[0]["village_code"] == "35.09.27.2006"
    found = typed("dinkes_balita", toddler(village_text="AJUNG"), toddler())
    assert values(found, "village_code") == ["35.09.27.2008", "35.09.27.2006"]
