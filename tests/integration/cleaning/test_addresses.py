"""Addresses as villages and towns write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.cleaning.addresses import Address, read_address

VILLAGES = {"BALUNGKULON", "KARANGDUREN", "TUTUL", "KARANG SEMANDING", "SUMBEREJO", "LOROKAN"}
PIECES = [
    "DSN",
    "DS.",
    "JL.",
    "RT",
    "RW",
    "003",
    "5",
    "/",
    ",",
    " ",
    "KRAJAN",
    "TUTUL",
    "NO",
    "BLOK",
    "KEC.",
    "GG",
    "12A",
    "-",
]
number = st.integers(1, 999)


@given(st.one_of(st.text(), st.lists(st.sampled_from([*PIECES, " "]), max_size=12).map("".join)))
def test_any_text_is_read_into_upper_case_parts(written: str) -> None:
    for is_village in (None, VILLAGES.__contains__):
        address = read_address(written, is_village)
        for part in (getattr(address, name) for name in Address.__slots__):
            assert part is None or (part and part == " ".join(part.split()))
        for digits in (address.rt, address.rw):
            assert digits is None or (len(digits) == 3 and digits != "000")


@given(
    number,
    number,
    st.sampled_from(
        [
            "RT {} RW {}",
            "RT.{:02}/RW.{:02}",
            "RT{:03}RW{:03}",
            "RT/RW {:03}/{:03}",
            "RT {}/{}",
            "Rt {}, Rw {}",
            "{:03}/{:03}",
        ]
    ),
    st.sampled_from(["DSN KRAJAN {}", "{} DSN KRAJAN", "DUSUN KRAJAN, {}, DESA TUTUL", "JL. MAWAR NO. 4, KRAJAN, {}"]),
)
def test_rt_and_rw_are_found_in_every_form_and_place(rt: int, rw: int, form: str, around: str) -> None:
    if form == "{:03}/{:03}" and max(rt, rw) > 99:
        return
    address = read_address(around.format(form.format(rt, rw)))
    assert (address.rt, address.rw, address.dusun) == (f"{rt:03}", f"{rw:03}", "KRAJAN")


@pytest.mark.parametrize(
    "marker",
    ["Dusun", "Dsn.", "Dsn", "Ds.", "Dkh", "Dukuh", "Lingkungan", "Lingk.", "Link.", "Ling.", "Kampung", "Kp."],
)
def test_every_word_for_a_dusun_is_taken_off(marker: str) -> None:
    assert read_address(f"{marker} Krajan Lor") == Address(dusun="KRAJAN LOR")


READ = {
    "DSN KRAJAN RT 003 RW 005": Address("003", "005", "KRAJAN"),
    "TEGAL GEBANG": Address(dusun="TEGAL GEBANG"),
    "KRAJAN 2": Address(dusun="KRAJAN II"),
    "DS KRAJAN": Address(dusun="KRAJAN"),
    "DS. SUMBEREJO": Address(village="SUMBEREJO"),
    "TEGAL GEBANG, 005/003, DS. BALUNGKULON": Address("005", "003", "TEGAL GEBANG", village="BALUNGKULON"),
    "DS. KRAJAN, DS. TUTUL": Address(dusun="KRAJAN", village="TUTUL"),
    "DSN. KRAJAN, TUTUL": Address(dusun="KRAJAN", village="TUTUL"),
    "SUDIRMAN, DSN. KEBONSARI": Address(dusun="KEBONSARI", road="SUDIRMAN"),
    "MAWAR 184 GADUNGAN": Address(dusun="GADUNGAN", road="MAWAR", number="184"),
    "JLN. RIAU 96, TEGALREJO": Address(dusun="TEGALREJO", road="RIAU", number="96"),
    "JL. MAWAR NO 12/3": Address(road="MAWAR", number="12/3"),
    "JL. MAWAR 12/3": Address(road="MAWAR", number="12/3"),
    "KRAJAN 3/5": Address("003", "005", "KRAJAN"),
    "PERUM GRIYA ASRI BLOK C NO 12": Address(road="PERUMAHAN GRIYA ASRI", block="C", number="12"),
    "JALAN MADA NO 31 KARANGANYAR DESA KARANGDUREN KEC. BALUNG": Address(
        dusun="KARANGANYAR", road="MADA", number="31", village="KARANGDUREN", kecamatan="BALUNG"
    ),
    "DUSUN KARANG TENGAH, JL KH NO. 62, KARANG SEMANDING BALUNG JEMBER": Address(
        dusun="KARANG TENGAH", road="KH", number="62", village="KARANG SEMANDING"
    ),
    "Dsn Krajan RT.0/RW.00": Address(dusun="KRAJAN"),
    "-": Address(),
}


@pytest.mark.parametrize(("written", "expected"), READ.items(), ids=str)
def test_addresses_as_they_are_written(written: str, expected: Address) -> None:
    assert read_address(written, VILLAGES.__contains__) == expected
