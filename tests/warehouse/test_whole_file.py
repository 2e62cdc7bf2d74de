"""A file is seen whole or as it was."""

import os
from pathlib import Path

import pytest

from warehouse.whole_file import whole_file


def test_a_file_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    for text in ("one", "Siti Nurhaliza à Jember\n"):
        whole_file(tmp_path / "said.json", text)

        assert (tmp_path / "said.json").read_text(encoding="utf-8") == text
    assert [path.name for path in tmp_path.iterdir()] == ["said.json"]
    assert (tmp_path / "said.json").stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_put_in_place_leaves_what_stood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole_file(tmp_path / "said.json", "before")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        whole_file(tmp_path / "said.json", "after")

    assert (tmp_path / "said.json").read_text(encoding="utf-8") == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["said.json"]
