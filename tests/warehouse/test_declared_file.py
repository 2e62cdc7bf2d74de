from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.declared_file import COMPARING, DeclaredFile
from warehouse.errors import DeclarationError

FILE = DeclaredFile("policy.yaml")
KNOWN = ("age_months", "tier", "kec_codes")


def refused(what, *arguments, **named) -> str:
    with pytest.raises(DeclarationError) as told:
        what(*arguments, **named)
    return str(told.value)


@pytest.mark.parametrize("text", [
    "age_months < 24", "tier IN ('P1', 'P2') AND NOT (age_months BETWEEN 0 AND 5)", "TIER = 'it''s; DROP TABLE x'",
    "tier <> ''", "true", "age_months >= 1e2", "(age_months > 1.5) OR (tier = 'P1')",
])  # fmt: skip
def test_a_comparison_of_known_columns_is_given_as_it_stands(text):
    assert FILE.condition("views, balita, rows", text, KNOWN) == text


@pytest.mark.parametrize(("text", "said"), [
    ("nik = '1'", "views, rows: nik was found; known of targeting are age_months, kec_codes, tier."),
    ("2t", "2t was found"),
    ("tier IS NULL", "'tier IS NULL' asks for null"),
    ("tier = 'P1') OR (true", "only comparisons of known columns may stand there"),
    ("(tier = 'P1'", "only comparisons"),
    ("tier = 'P1' -- tier", "only comparisons"),
    ("tier = 'P1'; true", "only comparisons"),
    ('tier = "tier"', "only comparisons"),
    ("tier = 'P1", "p1 was found"),
    ("tier = '1", "only comparisons"),
    (r"tier = '\'' = (select tier) = '", "only comparisons"),
    ("age_months + 1 = 2", "only comparisons"),
    ("", "'' was found; it must be a text"),
    (None, "None was found; it must be a text"),
])  # fmt: skip
def test_anything_else_is_refused_with_its_place(text, said):
    message = refused(FILE.condition, "views, rows", text, KNOWN, of="targeting")
    assert message.startswith("policy.yaml, views, rows: ")
    assert said in message


def test_a_reader_may_allow_further_words_and_signs():
    words = COMPARING | {"any", "is", "null"}
    for text in ("'35.09.01' = ANY(kec_codes)", "tier IS NOT NULL"):
        assert FILE.condition("views", text, KNOWN, words=words) == text
    assert FILE.condition("views", "age_months - 1 = 2", KNOWN, signs="-") == "age_months - 1 = 2"
    assert FILE.condition("views", "anything = 1", None) == "anything = 1"


PIECES = ("tier", "age_months", "'P1'", "'", "\\", "e", "(", ")", "--", ";", "/*", "and", "=", "<", "1", "select", '"',
          "secret", "from", ",", "$$", "in", "not", "'('", "null")  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join))
def test_whatever_is_let_through_reads_nothing_but_known_columns(text):
    try:
        FILE.condition("rows", text, KNOWN)
    except DeclarationError:
        return
    con = duckdb.connect()
    con.execute("CREATE TABLE secret AS SELECT 'hidden' AS e; CREATE TABLE shown (tier VARCHAR, age_months INTEGER)")
    try:
        plan = con.execute(f"EXPLAIN SELECT ({text}) FROM shown").fetchall()
    except duckdb.Error:
        return  # it names nothing that it may not, it only is no sentence of SQL
    assert "secret" not in str(plan)


def test_entries_need_a_code_of_their_own_and_known_keys():
    give = [{"code": "A", "name": "x"}, {"code": "B", "name": "y", "limits": "z"}]
    assert FILE.entries("views", give, {"code", "name"}, {"limits"}) == give
    assert refused(FILE.entries, "views", give, {"code", "name"}).endswith(
        "views, B: limits was found; known are code, name."
    )
    assert refused(FILE.entries, "views", [{"code": "A"}], {"code", "name"}).endswith("views, A: name is missing.")
    assert "views: A stands there twice" in refused(FILE.entries, "views", [{"code": "A"}, {"code": "A"}], {"code"})
    assert "views, ?: str was found; it must have code" in refused(FILE.entries, "views", ["A"], {"code"})
    assert "must be a list with at least one entry" in refused(FILE.entries, "views", [], {"code"})


def test_numbers_words_and_truth_are_what_they_say():
    assert FILE.number("share", 1, 0, 1) == 1.0
    assert FILE.whole_number("share", 1, 0, 1) == 1
    for wrong in (True, "1", 2, float("nan"), None):
        assert "it must be a number from 0 to 1" in refused(FILE.number, "share", wrong, 0, 1)
    assert "it must be a whole number from 0 to 1" in refused(FILE.whole_number, "share", 0.5, 0, 1)
    assert "['a'] was found; it must be one of a, b" in refused(FILE.one_of, "role", ["a"], ("a", "b"))
    assert "it must be true or false" in refused(FILE.yes_or_no, "role", 1)


def test_a_file_is_read_whole_or_refused(tmp_path: Path):
    path = tmp_path / "policy.yaml"
    path.write_text("version: 1\n", encoding="utf-8")
    assert FILE.read(path) == {"version": 1}
    path.write_text("version: 1\nversion: 2\n", encoding="utf-8")
    assert "policy.yaml cannot be read: ['version'] stands twice" in refused(FILE.read, path)
    path.write_bytes(b"version: \xff\n")
    assert "policy.yaml cannot be read" in refused(FILE.read, path)
    assert "policy.yaml cannot be read" in refused(FILE.read, tmp_path / "none.yaml")
