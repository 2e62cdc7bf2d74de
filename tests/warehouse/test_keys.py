"""A home's secret keys: made once, told nobody, and never replaced by another."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from at_the_terminal import PATIENCE

from warehouse.errors import HomeError
from warehouse.keys import (
    PURPOSES,
    fingerprint,
    fresh_key,
    is_lost,
    key_ring,
    known_keys,
    replace_key,
    secret_key,
)
from warehouse.settings import Home


def test_a_key_is_made_once_and_stays(tmp_path: Path) -> None:
    key = secret_key(Home(tmp_path), "person")

    assert len(key) == 32
    assert secret_key(Home(tmp_path), "person") == key


def test_purposes_and_homes_have_keys_of_their_own(tmp_path: Path) -> None:
    keys = {secret_key(Home(tmp_path / home), purpose) for home in "ab" for purpose in ("person", "target")}

    assert len(keys) == 4


def test_only_the_owner_reads_a_key(tmp_path: Path) -> None:
    secret_key(Home(tmp_path), "person")

    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "keys" / "person.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("held", [b"", b"short", b"x" * 33])
def test_a_damaged_key_is_told_and_left_as_it_is(tmp_path: Path, held: bytes) -> None:
    secret_key(Home(tmp_path), "target")
    path = tmp_path / "keys" / "target.key"
    path.write_bytes(held)

    with pytest.raises(HomeError, match=r"target\.key") as told:
        secret_key(Home(tmp_path), "target")

    assert "Restore it from the backup" in str(told.value)
    assert path.read_bytes() == held


def _key_of(path: Path) -> bytes:
    return secret_key(Home(path), "person")


def test_two_at_once_get_the_same_key(tmp_path: Path) -> None:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        for attempt in range(50):
            first, second = pool.map(_key_of, [tmp_path / str(attempt)] * 2, timeout=PATIENCE)
            assert first == second


def test_a_key_that_could_not_be_written_leaves_no_stump(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        secret_key(Home(tmp_path), "person")
    monkeypatch.undo()

    assert list((tmp_path / "keys").iterdir()) == []
    assert len(secret_key(Home(tmp_path), "person")) == 32


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_key_that_others_may_read_is_refused_with_what_to_do(tmp_path: Path, mode: int) -> None:
    key = secret_key(Home(tmp_path), "person")
    path = tmp_path / "keys" / "person.key"
    path.chmod(mode)

    with pytest.raises(HomeError, match=r"can be read by others.*chmod 600.*keys rotate person"):
        secret_key(Home(tmp_path), "person")

    path.chmod(0o600)
    assert secret_key(Home(tmp_path), "person") == key


def test_a_replaced_key_stays_for_the_ids_that_rest_on_it(tmp_path: Path) -> None:
    home = Home(tmp_path)
    keys = [secret_key(home, "target"), fresh_key(), fresh_key()]
    for fresh in keys[1:]:
        replace_key(home, "target", fresh)

    assert key_ring(home, "target") == tuple(keys)
    assert secret_key(home, "target") == keys[-1]
    assert [(one.retired, one.fingerprint, one.mode) for one in known_keys(home)] == [
        (0, fingerprint(keys[2]), 0o600),
        (1, fingerprint(keys[0]), 0o600),
        (2, fingerprint(keys[1]), 0o600),
    ]


def test_a_key_that_is_gone_while_older_ones_stand_is_not_made_anew(tmp_path: Path) -> None:
    home = Home(tmp_path)
    secret_key(home, "target")
    replace_key(home, "target", fresh_key())
    (home.keys / "target.key").unlink()

    with pytest.raises(HomeError, match=r"target\.key is gone.*Restore keys/"):
        key_ring(home, "target")
    assert not (home.keys / "target.key").exists()


@pytest.mark.parametrize("purpose", [name for name, made in PURPOSES.items() if not made.renewed])
def test_a_key_is_not_made_anew_where_something_was_made_with_it(tmp_path: Path, purpose: str) -> None:
    home = Home(tmp_path)
    secret_key(home, purpose)
    made = home.path / PURPOSES[purpose].where
    made.write_text("{}") if made.suffix else (made / "of a night").mkdir(parents=True)
    (home.keys / f"{purpose}.key").unlink()

    assert is_lost(home, purpose)
    with pytest.raises(HomeError, match=rf"{purpose}\.key is gone.*keys make {purpose}"):
        secret_key(home, purpose)
    assert not (home.keys / f"{purpose}.key").exists()


@pytest.mark.parametrize("purpose", PURPOSES)
def test_folders_that_were_made_before_anything_was_written_need_no_key(tmp_path: Path, purpose: str) -> None:
    home = Home(tmp_path)
    made = home.path / PURPOSES[purpose].where
    (made.parent if made.suffix else made).mkdir(exist_ok=True)

    assert not is_lost(home, purpose)
    assert len(secret_key(home, purpose)) == 32


def test_the_access_log_goes_on_under_a_new_key(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.access_log.mkdir()
    (home.access_log / "2026.jsonl").touch()

    assert is_lost(home, "access_log")
    assert len(secret_key(home, "access_log")) == 32


def test_a_fingerprint_tells_keys_apart_and_holds_nothing_of_them(tmp_path: Path) -> None:
    one, other = fresh_key(), fresh_key()

    assert fingerprint(one) == fingerprint(one) != fingerprint(other)
    assert len(fingerprint(one)) == 16
    assert fingerprint(one) not in one.hex()
