"""Rules that are data: a declaration gives its rules, and a written rule that makes no sense says where."""

from pathlib import Path

import pytest

from quality_checks import declared
from quality_checks.declared import stage_rules, table_rules
from warehouse.errors import DeclarationError
from warehouse.tables.declaration import Column, Table


def test_a_declaration_gives_a_rule_for_each_of_its_words() -> None:
    columns = (
        Column("id", "BIGINT", "", filled=True),
        Column("kind", "VARCHAR", "", values=("a",), length=1),
        Column("share", "DOUBLE", "", min=0),
        Column("free", "VARCHAR", ""),
    )

    rules = table_rules(Table("main", "things", "", ("id",), columns, empty=False))

    assert [(rule.name, rule.severity) for rule in rules] == [
        ("not_empty", "error"),
        ("key_unique", "error"),
        ("id_filled", "error"),
        ("kind_known", "error"),
        ("kind_length", "error"),
        ("share_within_bounds", "error"),
    ]


def test_a_table_that_may_be_empty_has_no_rule_against_it() -> None:
    rules = table_rules(Table("main", "things", "", ("id",), (Column("id", "BIGINT", ""),)))

    assert [rule.name for rule in rules] == ["key_unique"]


HEAD = "{name: a_rule, sentence: Something, severity: warn"


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("no_such_table: []", "no_such_table"),
        ("person: [{name: a_rule, holds: 'true'}]", "sentence"),
        ("person: [{name: a_rule, sentence: Something, severity: fatal, holds: 'true'}]", "fatal"),
        (f"person: [{HEAD}}}]", "a_rule"),
        (f"person: [{HEAD}, hold: 'true'}}]", "hold"),
        (f"person: [{HEAD}, holds: 'true', no_rows: FROM x}}]", "no_rows"),
        (f"person: [{HEAD}, measured: FROM x}}]", "measured"),
        (f"person: [{HEAD}, holds: 'true', none_where: [FROM x]}}]", "none_where"),
        (f"person: [{HEAD}, measured: FROM x, most: 1}}]", "most"),
    ],
)
def test_a_written_rule_that_makes_no_sense_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, named: str
) -> None:
    (tmp_path / "persons.yaml").write_text(written, encoding="utf-8")
    monkeypatch.setattr(declared, "_FOLDER", tmp_path)

    with pytest.raises(DeclarationError, match=named) as refused:
        stage_rules("persons")

    assert "persons.yaml" in str(refused.value)
