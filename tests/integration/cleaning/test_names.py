"""What must hold of any written name, and the tables of domain §3.2 row by row."""

import csv
from itertools import pairwise, permutations
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from integration.cleaning import names
from integration.cleaning.names import StandardName, standardise_name
from integration.cleaning.phonetics import phonetic_key

CLEANING = Path(names.__file__).parent
VARIANTS = list(csv.DictReader((CLEANING / "name_variants.csv").open(encoding="utf-8")))
MARKERS = list(csv.DictReader((CLEANING / "name_markers.csv").open(encoding="utf-8")))

PIECES = [row["token"].replace("*", "AMIN") for row in VARIANTS] + [row["token"] for row in MARKERS]
SIGNS = [
    " ",
    " ",
    " ",
    ".",
    ". ",
    ",",
    ", ",
    "/",
    " / ",
    "(",
    ")",
    "-",
    "'",
    "’",
    "@",
    " 1/2",
    " 2",
    "0",
    "S.Pd",
    "B.",
    "\t",
    "é",
]
name_like = st.lists(st.sampled_from(PIECES + SIGNS + ["HOLILAH", "SITI", "X"]), max_size=9).map("".join)
spaced_names = st.lists(
    st.sampled_from([*PIECES, "HOLILAH", "WAHYUNI", "X", "B.", "AL.", "S.PD", ","]), max_size=7
).map(" ".join)
plain_tokens = st.sampled_from(["HOLILAH", "NUR", "SRI", "WAHYUNI", "SLAMET", "NGATIYEM", "MOCHAMAD", "CHOIRUL"])


@given(st.one_of(st.text(), name_like, spaced_names))
@example("ŉ")
@example("A\ufffdI")
@example("(1)")
@example("/ - ()")
@example("A%SPD%AL%A")
def test_any_text_is_read_and_what_is_displayed_says_the_same(written: str) -> None:
    name = standardise_name(written)
    again = standardise_name(name.display or "")
    assert again.canonical == name.canonical
    assert again.unknown_kind == name.unknown_kind
    assert again.mother_name == name.mother_name
    assert again.child_name == name.child_name
    assert again.patronym == name.patronym
    assert again.display == name.display


@given(st.one_of(st.text(), name_like, spaced_names))
def test_the_fields_agree_with_each_other(written: str) -> None:
    name = standardise_name(written)
    if name.canonical is None:
        assert (name.sorted_tokens, name.joined, name.first_key, name.name_key) == (None,) * 4
        assert name.token_count == 0
        assert not name.initials
        return
    tokens = name.canonical.split(" ")
    assert all(tokens)
    assert name.unknown_kind is None
    assert name.sorted_tokens == " ".join(sorted(tokens))
    assert name.joined == "".join(tokens)
    assert name.first_key == phonetic_key(tokens[0])
    assert name.name_key == " ".join(sorted(phonetic_key(token) for token in tokens))
    assert name.token_count == len(tokens)
    assert name.initials == any(len(token) == 1 for token in tokens)
    assert name.display
    assert name.display == " ".join(name.display.split())


@given(st.lists(plain_tokens, min_size=1, max_size=4))
def test_sorted_tokens_and_key_do_not_depend_on_the_order_written(tokens: list[str]) -> None:
    read = {standardise_name(" ".join(order)) for order in permutations(tokens)}
    assert len({name.sorted_tokens for name in read}) == 1
    assert len({name.name_key for name in read}) == 1


@given(name_like)
def test_case_and_outer_blanks_say_nothing(written: str) -> None:
    assert standardise_name(f"  {written.lower()} ") == standardise_name(written.upper())


@pytest.mark.parametrize("row", VARIANTS, ids=lambda row: row["token"])
def test_every_row_of_the_variant_table_gives_its_canonical_token(row: dict[str, str]) -> None:
    token, canonical = (row[column].replace("*", "AMIN") for column in ("token", "canonical"))
    assert standardise_name(f"{token} WAHYUNI").canonical == f"{canonical} WAHYUNI"
    assert standardise_name(canonical).canonical == canonical
    if row["place"] == "any":
        assert standardise_name(f"WAHYUNI {token}").canonical == f"WAHYUNI {canonical}"


ONE_NAME = {
    "Muhammad": "Muhammad Muhamad Mohammad Mohamad Mochammad Mochamad Muchammad Mokhamad "
    "Moch. Moh. Mohd Mhd Muh. Much. M. Md",
    "Ahmad": "Ahmad Achmad Akhmad Ach. A.",
    "Abdul": "Abdul Abd. Abd Abdur Abdoel",
    "Siti": "Siti Sitti St. St",
    "Khoirul": "Khoirul Khairul Choirul Chairul Hoirul Hairul",
    "Sholeh": "Sholeh Soleh Saleh Sholih Solih",
    "Syafii": "Syafi'i Syafii Safii Sapii Syafi’i",
    "Taufik": "Taufik Taufiq Topik",
    "Rizki": "Rizky Rizki Rizqi Riski Risky Rezeki",
    "Lutfi": "Luthfi Lutfi Lutpi",
    "Rahman": "Rahman Rachman Rohman Rochman",
    "Zainal": "Zainal Zaenal Jaenal Jainal",
    "Zainuddin": "Zainuddin Zainudin Zaenudin Jainuddien",
    "Surya": "Surya Soerya",
    "Umar": "Umar Oemar",
    "Yusuf": "Yusuf Jusuf Yusup",
}


@pytest.mark.parametrize(
    ("canonical", "written"), [(name, text) for name, texts in ONE_NAME.items() for text in texts.split()]
)
def test_the_variants_of_the_domain_notes_are_one_name(canonical: str, written: str) -> None:
    assert standardise_name(f"{written} Wahyudi").canonical == f"{canonical.upper()} WAHYUDI"


@pytest.mark.parametrize(
    "written", ["ABDULRAHMAN", "ABDURRAHMAN", "Durahman", "Abd. Rachman", "ABDUL ROHMAN", "Abdur-Rahman"]
)
def test_abdul_rahman_is_two_tokens_however_it_is_written(written: str) -> None:
    assert standardise_name(written).canonical == "ABDUL RAHMAN"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SITI", "SRI"),
        ("NUR", "NURUL"),
        ("ABDULLAH", "ABDUL LAH"),
        ("EKO", "EKA"),
        ("HASAN", "HASANAH"),
        ("YULI", "YULIA"),
        ("MISNATI", "MISYATI"),
    ],
)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert standardise_name(one).canonical != standardise_name(other).canonical


SAME_SOUND = [
    ("KHOLILI", "HOLILI"),
    ("FATIMA", "PATIMAH"),
    ("FITRI", "PITRI"),
    ("NOVI", "NOPI"),
    ("YUSUF", "JUSUP"),
    ("SOERYA", "SURYA"),
    ("SOEWITO", "SUWITO"),
    ("TJAHYONO", "CAHYONO"),
    ("DJOKO", "JOKO"),
    ("HASANAH", "HASSANAH"),
    ("ANISA", "ANNISA"),
    ("TOYIB", "TOYYIB"),
    ("SITI", "SITTI"),
    ("ABDULLAH", "ABDULLOH"),
    ("ZAHRA", "ZAHROH"),
    ("MARIYAH", "MARIAH"),
    ("SUTRISNA", "SUTRISNO"),
    ("PURNAMA", "PURNOMO"),
    ("ANIK", "ANIG"),
    ("KHOTIMATUN", "KHOTIMATON"),
    ("RIZKY", "RIZQI"),
    ("SYAIFUL", "SAIFUL"),
    ("ZAINAL", "JAENAL"),
    ("NOOREEN", "NURIN"),
]


@pytest.mark.parametrize(("one", "other"), SAME_SOUND)
def test_what_sounds_alike_has_one_phonetic_key(one: str, other: str) -> None:
    assert phonetic_key(one) == phonetic_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("SITI", "SRI"), ("AHMAD", "MUHAMMAD"), ("RATNA", "RETNO"), ("AGUS", "BAGUS")]
)
def test_the_key_keeps_apart_what_sounds_different(one: str, other: str) -> None:
    assert phonetic_key(one) != phonetic_key(other)


@given(st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1))
def test_a_token_always_has_a_key(token: str) -> None:
    key = phonetic_key(token)
    assert key
    assert not any(one == other for one, other in pairwise(key))


READ = {
    "MOCH.ALI": StandardName("MUHAMMAD ALI"),
    "M. A. ROFIQ": StandardName("MUHAMMAD A ROFIQ", initials=True),
    "A.": StandardName("A", initials=True),
    "S. WAHYUNI": StandardName("S WAHYUNI", initials=True),
    "H. M. Yusuf": StandardName("MUHAMMAD YUSUF", title="H"),
    "NY SITI": StandardName("SITI", title="NY"),
    "SITI HJ. AMINAH": StandardName("SITI AMINAH", title="HJ"),
    "dr. H. Ahmad, Sp.OG": StandardName("AHMAD", title="DR H SPOG"),
    "SITI RAHAYU, S.PD": StandardName("SITI RAHAYU", title="SPD"),
    "Rina S. Kep., Ners": StandardName("RINA", title="SKEP NERS"),
    "NUR A.Md.Keb": StandardName("NUR", title="AMDKEB"),
    "BUDI, ST": StandardName("BUDI", title="ST"),
    "BUDI ST": StandardName("BUDI ST"),
    "HASAN (ALM)": StandardName("HASAN"),
    "ALMH. HALIMATUS PERTIWI": StandardName("HALIMATUS PERTIWI"),
    "SITI B. AHMAD": StandardName("SITI", patronym="AHMAD"),
    "MOHD. ALI BIN ABD. RAHMAN": StandardName("MUHAMMAD ALI", patronym="ABDUL RAHMAN"),
    "DEWI BINTI PAK ALI": StandardName("DEWI", patronym="ALI"),
    "SITI / AHMAD": StandardName("SITI", alias="AHMAD"),
    "- / SITI": StandardName("SITI"),
    "TIDAK TAHU / SITI": StandardName("SITI"),
    "BUDI.SH": StandardName("BUDI", title="SH"),
    "SUKARNO @ KUSNO": StandardName("SUKARNO", alias="KUSNO"),
    "Ratna Alias Yati": StandardName("RATNA", alias="YATI"),
    "AHMAD ARIFIN (PAK ALI": StandardName("AHMAD ARIFIN", alias="ALI"),
    "TUKIYEM AL MISTO": StandardName("TUKIYEM", alias="MISTO"),
    "TUKIYEM AL. HASAN": StandardName("TUKIYEM", alias="HASAN"),
    "MUHAMMAD AL FATIH": StandardName("MUHAMMAD ALFATIH"),
    "MUHAMMAD AL-FATIH": StandardName("MUHAMMAD ALFATIH"),
    "AZ ZAHRA PUTRI": StandardName("AZZAHRA PUTRI"),
    "DWI HERMAN AL": StandardName("DWI HERMAN AL"),
    "MUHAMMAD IBNU HAJAR": StandardName("MUHAMMAD IBNU HAJAR"),
    "ANAK AGUNG NGURAH": StandardName("ANAK AGUNG NGURAH"),
    "B. HOLILAH": StandardName(unknown_kind="teknonym", child_name="HOLILAH"),
    "P. Misnadi": StandardName(unknown_kind="teknonym", child_name="MISNADI"),
    "BU TIMA": StandardName(unknown_kind="teknonym", child_name="TIMA"),
    "BU YULI SUSANTI": StandardName("YULI SUSANTI", title="BU"),
    "BY NY X": StandardName(unknown_kind="baby", mother_name="X"),
    "By. Ny. Siti Aminah 1/2": StandardName(unknown_kind="baby", mother_name="SITI AMINAH", ordinal=1),
    "BAYI NY SITI II": StandardName(unknown_kind="baby", mother_name="SITI", ordinal=2),
    "Anak Ny. Siti": StandardName(unknown_kind="baby", mother_name="SITI"),
    "BY NY SITI / AHMAD": StandardName(unknown_kind="baby", mother_name="SITI", alias="AHMAD"),
    "BELUM ADA NAMA": StandardName(unknown_kind="baby"),
    "NAURA 2": StandardName("NAURA", ordinal=2),
    "S1TI R0HMAH": StandardName("SITI ROHMAH"),
    "JUMA`ATI": StandardName("JUMAATI"),
    "Nur-Hayati": StandardName("NUR HAYATI"),
    "-": StandardName(),
    "TIDAK TAHU": StandardName(),
    "1234": StandardName(),
}


@pytest.mark.parametrize(("written", "expected"), READ.items(), ids=str)
def test_names_as_the_registers_write_them(written: str, expected: StandardName) -> None:
    name = standardise_name(written)
    for field in (
        "canonical",
        "initials",
        "title",
        "patronym",
        "alias",
        "ordinal",
        "unknown_kind",
        "mother_name",
        "child_name",
    ):
        assert getattr(name, field) == getattr(expected, field), field


@pytest.mark.parametrize("joined", ["NURHAYATI", "NUR HAYATI", "SRI WAHYUNI", "DWI HARTONO"])
def test_split_and_joined_spellings_are_equal_without_blanks(joined: str) -> None:
    assert standardise_name(joined).joined == standardise_name(joined.replace(" ", "")).joined
