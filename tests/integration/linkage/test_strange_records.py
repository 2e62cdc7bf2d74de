"""Data that nobody would think of: every record ends with one person, and nobody is joined on what proves nothing."""

import time
from dataclasses import replace

from integration.linkage import load_model
from integration.linkage.blocking import pair
from integration.linkage.duckdb_engine import DuckDBEngine
from tests.integration.linkage.small_world import (
    Place,
    Row,
    clusters,
    kalisat,
    matched,
    opened,
    record,
    register_row,
    who_is_who,
)

REGISTER = "dukcapil_penduduk"


def joined(people: dict[Place, int]) -> dict[Place, int]:
    """Give the register row of each other record that is joined to the register."""
    register = {person: place[2] for place, person in people.items() if place[0] == REGISTER}
    return {place: register[person] for place, person in people.items() if place[0] != REGISTER and person in register}


def test_no_records_are_nobody() -> None:
    con, summary = matched([])
    assert (summary.records, summary.descriptions, summary.placed) == (0, 0, 0)
    assert clusters(con) == {}


def test_a_register_alone_is_as_many_persons_as_it_has_rows() -> None:
    people = who_is_who(kalisat())
    assert len(set(people.values())) == len(people) == 10


def test_ten_records_in_all_are_enough() -> None:
    rows = [row for row in kalisat() if row["source_row_no"] < 7]
    others = [
        record("dinkes_balita", 90, "SITI NAYLA AZZAHRA", born="2023-05-25", sex="P", nik="3509276505230001"),
        record("dinkes_balita", 91, "AHMAD FAUZAN HAKIM", born="2025-03-02", sex="L", parent_name="HOLIFAH"),
        record("dtsen_keluarga", 92, "SAMSUL ARIFIN", "head", kk="3509271506170003"),
        *(record("dtsen_anggota", row) for row in (93, 94)),
    ]
    assert {place[2]: row for place, row in joined(who_is_who(rows + others)).items()} == {90: 4, 91: 5, 92: 2}


def test_without_a_register_records_are_told_from_each_other() -> None:
    child = {"born": "2024-11-02", "sex": "P", "parent_name": "SULASTRI", "rt": "002", "rw": "001"}
    rows = [
        record("dinkes_balita", 90, "ALMIRA PUTRI", month=9, **child),
        record("dinkes_balita", 91, "ALMIRA PUTRI", **child | {"rt": "003"}),
        record("dinkes_balita", 92, "BUDI SANTOSO", born="2024-11-02", sex="L", parent_name="SULASTRI"),
        *(record("dtsen_anggota", row) for row in range(93, 103)),
    ]
    people = who_is_who(rows)
    almira = {people["dinkes_balita", 9, 90, "self"], people["dinkes_balita", 10, 91, "self"]}
    assert len(almira) == 1
    assert len(set(people.values())) == len(people) - 1


def numbered(row: int) -> dict[str, str]:
    return {"nik": f"35092741018{row:05}", "kk": f"35092701011{row:05}"}


def test_without_a_single_name_only_numbers_with_birth_dates_join() -> None:
    born = [f"1980-01-{row // 2 + 1:02}" for row in range(40)]  # each birth date is that of two persons
    register = [record(REGISTER, row, **numbered(row), born=born[row], relationship="1") for row in range(2, 40)]
    rows = [record("dtsen_anggota", row, **numbered(row), born=born[row]) for row in range(2, 10)]
    rows += [record("dtsen_anggota", row, nik=numbered(row)["nik"], born="2001-06-07") for row in range(20, 30)]
    rows += [record("dinkes_balita", row, born=born[row]) for row in range(2, 40)]
    found = joined(who_is_who(register + rows))
    assert found == {("dtsen_anggota", 10, row, "self"): row for row in range(2, 10)}


def test_one_name_for_everybody_joins_nobody() -> None:
    register = [
        register_row(row, "SITI", born="1980-01-01", sex="P", position="1", **numbered(row)) for row in range(2, 120)
    ]
    others = [record("dtsen_keluarga", row, "SITI", "head") for row in range(2, 60)]
    people = who_is_who(register + others)
    assert joined(people) == {}
    assert len(set(people.values())) == len(people)


def test_a_key_that_too_many_share_is_left_out_and_told_and_numbers_still_join() -> None:
    same = {"born": "1980-01-01", "sex": "P"}
    register = [register_row(row, "SITI", position="1", **same, **numbered(row)) for row in range(2, 120)]
    with_number = [record("dtsen_anggota", row, "SITI", nik=numbered(row)["nik"], **same) for row in range(2, 60)]
    without = [record("dtsen_anggota", row, "SITI", **same) for row in range(200, 210)]
    con, summary = matched(register + with_number + without, model=replace(load_model(), largest_block=20))
    assert joined(clusters(con)) == {("dtsen_anggota", 10, row, "self"): row for row in range(2, 60)}
    assert summary.compared < 500
    assert summary.left_out >= 118


def test_a_source_with_every_row_twice_is_as_many_persons_as_with_every_row_once() -> None:
    once = [
        record("dtsen_anggota", 90, "AHMAD FAUZAN", kk="3509271506170003", born="2025-03-02", sex="L"),
        record("dtsen_anggota", 91, "AHMAD FAUZI", kk="3509271506170003", born="2025-03-02", sex="L"),
        record("dtsen_anggota", 92, "HOLIFAH", kk="3509271506170003", born="1994-08-12", sex="P"),
        record("dtsen_anggota", 93, "ALMIRA", kk="3509272202200008", born="2024-11-02", sex="P"),
    ]
    again = [row | {"source_row_no": row["source_row_no"] + 100} for row in once]
    people = who_is_who(kalisat() + once + again)
    assert joined(people) == {
        ("dtsen_anggota", 10, row + more, "self"): person
        for row, person in [(90, 5), (91, 6), (92, 3)]
        for more in (0, 100)
    }
    assert people["dtsen_anggota", 10, 93, "self"] == people["dtsen_anggota", 10, 193, "self"]


def family_of_forty() -> list[Row]:
    first = ("AMINAH", "BAHRUL", "CHOLIS", "DARMINI", "EKO", "FATIMAH", "GUNAWAN", "HERLINA", "IMRON", "JUMIATI")
    names = [f"{a} {b}" for b in ("PRATAMA", "QOMARIYAH", "RAHAYU", "SULASTRI") for a in first]
    return [
        register_row(row, name, f"35092712039{row:05}", "3509271506170003", f"{1950 + row}-03-12", "L", "4")
        for row, name in enumerate(names, 2)
    ]


def test_in_a_family_of_forty_everybody_is_found() -> None:
    register = family_of_forty()
    named = [
        record("dtsen_anggota", row["source_row_no"], row["name_written"], kk=row["no_kk"], sex="L", relationship="4",
               born=row["birth_date"].isoformat() if row["source_row_no"] % 2 else None)
        for row in register
    ]  # fmt: skip
    assert joined(who_is_who(register + named)) == {("dtsen_anggota", 10, row, "self"): row for row in range(2, 42)}


def test_a_number_that_five_hundred_records_share_proves_nothing() -> None:
    nik = "3509275208940001"
    children = [
        record("dinkes_balita", row, f"ANAK {row % 26 + 65:c}{row // 26 + 65:c}RI", nik=nik, born="2024-01-01")
        for row in range(2, 502)
    ]
    con, summary = matched(kalisat() + children)
    people = clusters(con)
    assert joined(people) == {}
    assert len(set(people.values())) > 400
    assert summary.left_out > 0


def test_a_number_that_register_rows_share_is_one_person_where_they_agree() -> None:
    shared, disputed = "3509271203900004", "3509270107650002"
    rows = [
        register_row(2, "SAMSUL ARIFIN", shared, "3509271506170003", "1990-03-12", "L", "1"),
        register_row(3, "SAMSUL ARIFIN", shared, "3509272003150001", "1990-03-12", "L", "4"),
        register_row(4, "MISNADI", disputed, "3509272003150001", "1965-07-01", "L", "1"),
        register_row(5, "SUPIYATI", disputed, "3509270101100009", "1970-04-04", "P", "1"),
    ]
    person = {place[2]: person for place, person in who_is_who(rows).items()}
    assert person[2] == person[3]
    assert len({person[2], person[4], person[5]}) == 3


def test_a_card_that_a_whole_village_is_written_under_is_no_family() -> None:
    people = range(2, 302)
    names = {row: f"{'ABCDEFGHIJ'[row % 10]}R{'AIUEO'[row // 10 % 5]}{'BCDFGHJKLM'[row // 50 % 10]}I" for row in people}
    known = {row: {"nik": numbered(row)["nik"], "born": f"19{row % 60 + 30}-01-{row % 28 + 1:02}"} for row in people}
    card = "3509279999990001"
    rows = [
        register_row(row, names[row], kk=numbered(row)["kk"], sex="P", position="1", **known[row]) for row in people
    ]
    rows += [record("dtsen_anggota", row, names[row], kk=card, **known[row]) for row in people]
    rows += [record("dtsen_anggota", 400 + row, f"{names[row][::-1]}WATI", kk=card) for row in people]
    con, _ = matched(rows)
    assert joined(clusters(con)) == {("dtsen_anggota", 10, row, "self"): row for row in people}
    ((remembered,),) = con.execute(
        "SELECT sum(estimated_size)::BIGINT FROM duckdb_tables() WHERE schema_name = 'linkage_memory'"
    ).fetchall()
    assert remembered < 40 * len(rows), "what is found out grows with the records, not with their square"


def test_a_key_that_a_whole_kabupaten_shares_is_left_out_before_anybody_is_paired() -> None:
    engine = DuckDBEngine(opened())
    for name, first in (("left_key", 0), ("right_key", 30_000)):
        engine.sql(name, f"SELECT range AS entity_id, 7::UBIGINT AS block FROM range({first}, {first + 30_000})")
    engine.sql("wide", "SELECT 7::UBIGINT AS block, 30_000 AS entities")
    started = time.process_time()
    found = pair(engine, "pair", "left_key", "right_key", "wide")
    assert (found.pairs, found.left_out) == (0, 30_000**2)
    assert time.process_time() - started < 3, "900 million pairs were made, to be thrown away"
