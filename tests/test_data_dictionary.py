"""The dictionary that people read is the one that the declarations give."""

from pathlib import Path

from assets.command_line.dictionary import as_markdown

DOCUMENT = Path(__file__).parents[1] / "docs" / "data-dictionary.md"


def test_the_written_dictionary_is_the_one_that_the_declarations_give() -> None:
    """When this fails: `./padan dictionary > docs/data-dictionary.md`, and a line in CHANGELOG.md."""
    assert DOCUMENT.read_text(encoding="utf-8") == as_markdown()


def test_every_cell_of_a_table_row_stands_in_its_own_column() -> None:
    columns = 0
    for line in as_markdown().splitlines():
        if line.startswith("| column"):
            columns = line.count(" | ")
        if line.startswith("| `"):
            assert line.count(" | ") == columns, line
