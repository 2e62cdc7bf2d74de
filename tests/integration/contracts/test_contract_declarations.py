"""Contracts are data: all load and hang together, and a wrong one says exactly what is wrong."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from integration.contracts import contract, contracts
from integration.contracts.contract import code_lists, comparable_header
from warehouse.errors import DeclarationError
from warehouse.settings import STAGES

declarations = sys.modules["integration.contracts.contract"]

GOOD = """
code: X1
dataset: a_dataset
agency: health
sender: Dinas
title: A title
kind: event
required_to_publish: false
formats: [csv]
names_rows_of: [self]
columns:
- {name: nik, header: NIK, type: nik, needed: true, label: NIK}
- {name: kind, header: Jenis, type: code, codes: sex, label: Jenis}
- {name: count, header: Jumlah, type: integer, min: 1, max: 9, outside: refuse, label: Jumlah}
row_rules:
- {name: a_rule, severity: W, broken_when: "count > 3", column: Jumlah, wanted: little, what_to_do: less}
delivery_rules:
- {name: a_share, measure: "count(*)", wanted: rows, what_to_do: nothing, warn_below: 1}
"""


@pytest.fixture
def declare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Put a declaration in the place of all contracts and read it."""
    monkeypatch.setattr(declarations, "_FOLDER", tmp_path)
    (tmp_path / "codes.yaml").write_text("sex: {L: [], P: []}\n", encoding="utf-8")

    def declare_one(text: str) -> None:
        contracts.cache_clear()
        code_lists.cache_clear()
        (tmp_path / "a_dataset.yaml").write_text(text, encoding="utf-8")
        contracts()

    yield declare_one
    contracts.cache_clear()
    code_lists.cache_clear()


def test_all_ten_datasets_are_declared_in_the_order_of_their_codes() -> None:
    codes = [one.code for one in contracts().values()]
    assert codes == ["C1", "C2", "H1", "H2", "H3", "K1", "S1", "S2", "S3"]
    assert [one.dataset for one in contracts().values() if one.required_to_publish] == [
        "dukcapil_penduduk",
        "dinkes_balita",
        "siga_krs",
        "dtsen_keluarga",
        "dtsen_anggota",
    ]


@pytest.mark.parametrize("dataset", contracts())
def test_every_contract_hangs_together(dataset: str) -> None:
    one = contract(dataset)
    assert one.table.split(".")[0] in STAGES
    assert all(column.label for column in one.columns), "the data dictionary shows labels"
    assert all(column.name.isidentifier() and column.name.islower() for column in one.columns)
    assert {column.privacy for column in one.columns if column.type in ("nik", "kk")} == {"identifier"}
    assert all(column.privacy != "none" for column in one.columns if column.type in ("name", "address"))
    assert one.needed_columns
    assert len({rule.name for rule in (*one.row_rules, *one.delivery_rules)}) == len(one.row_rules) + len(
        one.delivery_rules
    )


def test_no_needed_text_says_nothing_in_any_contract() -> None:
    for one in contracts().values():
        for rule in (*one.row_rules, *one.delivery_rules):
            assert rule.wanted
            assert rule.what_to_do


def test_the_good_declaration_of_these_tests_is_good(declare: Callable[[str], None]) -> None:
    declare(GOOD)
    assert contract("a_dataset").column("count").outside == "refuse"
    with pytest.raises(DeclarationError, match="No contract is called 'other'; there are a_dataset"):
        contract("other")


@pytest.mark.parametrize(
    ("said", "instead", "sentence"),
    [
        ("agency: health", "agency: helth", "a_dataset.yaml: agency is 'helth'; it must be one of"),
        ("kind: event", "kind: evnt", "a_dataset.yaml: kind is 'evnt'; it must be one of"),
        ("title: A title", "titel: A title", r"unknown words \['titel'\]"),
        ("title: A title\n", "", "a_dataset.yaml: title is not said"),
        ("type: nik", "type: nic", "column nik: type is 'nic'; it must be one of text"),
        ("type: nik, ", "", "column nik: type is not said"),
        ("codes: sex", "codes: sx", "column kind: codes is 'sx', which codes.yaml does not list"),
        ("label: Jenis", "label: Jenis, privacy: secret", "column kind: privacy is 'secret'"),
        ("needed: true", "on_null: drop", "column nik: on_null is 'drop'"),
        ("min: 1, ", "", "column count: outside is 'refuse', but min and max"),
        ("header: Jumlah", "header: 'nik *'", "two columns answer to the header nik"),
        ("name: kind", "name: nik", "two columns are called nik"),
        ("severity: W", "severity: E", "rule a_rule: severity is 'E'"),
        ("column: Jumlah", "column: Total", "rule a_rule: column 'Total' is no header"),
        ("warn_below: 1", "warn_under: 1", r"rule a_share: unknown words \['warn_under'\]"),
        ("what_to_do: nothing, ", "", "rule a_share: what_to_do is not said"),
    ],
)
def test_a_wrong_declaration_says_place_word_and_choice(
    declare: Callable[[str], None], said: str, instead: str, sentence: str
) -> None:
    assert said in GOOD
    with pytest.raises(DeclarationError, match=sentence):
        declare(GOOD.replace(said, instead, 1))


@pytest.mark.parametrize(
    ("measured", "verdict"),
    [(None, "ok"), (0.5, "refuse"), (0.8, "warn"), (0.97, "warn"), (0.98, "ok"), (1.0, "ok")],
)
def test_a_share_is_judged_by_its_two_limits(measured: float | None, verdict: str) -> None:
    rules = {rule.name: rule for rule in contract("dinkes_balita").delivery_rules}
    assert rules["region_resolved"].verdict(measured) == verdict


def test_headers_are_compared_in_one_form() -> None:
    assert comparable_header("\u00a0Tgl.  LAHIR\n* : ") == "tgl. lahir"
