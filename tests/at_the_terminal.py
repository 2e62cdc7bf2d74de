"""Calling Padan as an operator does, and what only an extract may hold: a person unlike any other."""

import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import yaml

from warehouse.entitlements import KECAMATAN, SHIPPED, WHOLE
from warehouse.publication import Publication, current_publication
from warehouse.settings import Home

ROOT = Path(__file__).parents[1]
PATIENCE = 1800
"""Seconds after which what a test waits for is taken to hang; a machine may be busy with others for long."""
CANARY_NIK = "3509075512219991"
CANARY_NAME = "QUENQIALFXA ZWOTTERBUI"


def environment() -> dict[str, str]:
    """Give what a terminal has that knows nothing of Padan but where this checkout is."""
    inherited = {name: text for name, text in os.environ.items() if not name.startswith(("PADAN_", "DAGSTER_"))}
    return {**inherited, "PYTHONPATH": str(ROOT)}


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "assets.command_line", *(str(one) for one in arguments)]


def padan(*arguments: object, **more: Any) -> subprocess.CompletedProcess[str]:
    """Call the command line as `./padan` does, from a folder that is not the checkout."""
    return subprocess.run(
        command(*arguments),
        cwd="/",
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
        **more,
    )


def assert_one_sentence(said: subprocess.CompletedProcess[str], *words: str) -> None:
    """Expect exit code 1, no trace of Python, and the words in what it told."""
    told = said.stdout + said.stderr
    assert said.returncode == 1, told
    assert "Traceback" not in told
    assert "Error:" not in told
    for word in words:
        assert word in told, told


def plant_canary(extracts: Path) -> None:
    """Add a person like nobody else to the register: well, with an impossible birth date, and in a broken line."""
    (register,) = (extracts / "civil_registration/dukcapil_penduduk").rglob("*.csv")
    header, row, *_ = register.read_text("utf-8-sig").splitlines()
    assert header.startswith('"NIK";"NO_KK";"NAMA_LGKP"')
    _, household, _, *others = row.split(";")
    good = ";".join([f'"{CANARY_NIK}"', household, f'"{CANARY_NAME}"', *others])
    born = others[header.split(";").index('"TGL_LHR"') - 3]
    impossible = good.replace(CANARY_NIK, CANARY_NIK[:-1] + "2").replace(born, '"31-02-1890"')
    broken = f'"{CANARY_NIK};{CANARY_NAME};"1'
    with register.open("a", encoding="utf-8", newline="") as file:
        file.write("".join(f"{line}\r\n" for line in (good, impossible, broken)))
    (register.parent / "manifest.json").unlink()  # it promises the file as it was


def plant_policy(home: Home) -> None:
    """Give a home a policy in which one recipient alone reads kecamatan: 31 of each would take most of every run."""
    said = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    for name, recipient in said["recipients"].items():
        recipient["units"] = [WHOLE, KECAMATAN] if name == "dispendukcapil" else [WHOLE]
    home.path.mkdir(mode=0o700, parents=True)
    home.policy.write_text(yaml.safe_dump(said, allow_unicode=True, sort_keys=False), encoding="utf-8")


def ask(database: Path, sql: str) -> list[tuple[Any, ...]]:
    """Ask a DuckDB file, read-only."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(sql).fetchall()


@dataclass(frozen=True)
class NightRun:
    """A home, the extracts it was filled from, and what the run said."""

    home: Home
    extracts: Path
    said: subprocess.CompletedProcess[str]

    @property
    def publication(self) -> Publication:
        return current_publication(self.home)

    def copy(self, folder: Path, *parts: str) -> Home:
        """Give a home of one's own that is as this one; with `parts`, only those folders of it, and its policy."""
        for part in parts or ("",):
            shutil.copytree(self.home.path / part, folder / part, symlinks=True)
        home = Home(folder)
        shutil.copyfile(self.home.policy, home.policy)
        return home


@dataclass(frozen=True)
class HarderRun:
    """A run under harder conditions that goes on while tests are run; `done` waits for it."""

    home: Home
    future: "Future[subprocess.CompletedProcess[str]]"

    def done(self) -> tuple[Home, subprocess.CompletedProcess[str]]:
        return self.home, self.future.result()


def again(home: Home, extracts: Path) -> subprocess.CompletedProcess[str]:
    """Run again on the same bytes, but for one delivery that was cut short on its way."""
    krs = extracts / "family_planning/siga_krs/2026-10/siga_krs_3509_202610_01.xlsx"
    krs.write_bytes(krs.read_bytes()[: krs.stat().st_size // 2])
    return padan("run", "--extracts", extracts, "--home", home.path, "--as-of", "2026-10-31")


def a_month_again(home: Home, extracts: Path) -> subprocess.CompletedProcess[str]:
    """Deliver September late, as October was, and a month that has not come; ask for September to November."""
    for folder in [*extracts.glob("*/*/2026-10")]:
        for month in ("2026-09", "2099-01") if folder.parent.name == "siga_krs" else ("2026-09",):
            if not (later := folder.with_name(month)).exists():
                later.mkdir()
                for file in folder.glob("*_202610*"):
                    shutil.copyfile(file, later / file.name.replace("202610", month.replace("-", "")))
    return padan("run", "--extracts", extracts, "--home", home.path, "--months", "2026-09..2026-11")


def without_an_agency(home: Home, extracts: Path) -> subprocess.CompletedProcess[str]:
    """Run without a word from social welfare, on a home whose working database was lost."""
    shutil.rmtree(extracts / "social_welfare")
    return padan("run", "--extracts", extracts, "--home", home.path)


def killed_then_in_another_order(home: Home, extracts: Path) -> subprocess.CompletedProcess[str]:
    """Kill two runs, early and late, then run with no manifests and the files of each delivery the other way round."""
    for words in ("dukcapil_penduduk 2026-10: reading", "pairs compared"):
        _kill(home, extracts, words)
        assert ask(current_publication(home).database, "SELECT count(*) > 0 FROM targeting") == [(True,)]
    for manifest in extracts.rglob("manifest.json"):
        manifest.unlink()
    for first in list(extracts.rglob("*_01.xlsx")):
        second, aside = first.with_name(first.name.replace("_01.", "_02.")), first.with_name("aside")
        if second.exists():
            first.rename(aside)
            second.rename(first)
            aside.rename(second)
    return padan("run", "--extracts", extracts, "--home", home.path)


def _kill(home: Home, extracts: Path, words: str) -> None:
    """Start a run and kill it once it says `words`."""
    with subprocess.Popen(
        command("run", "--extracts", extracts, "--home", home.path),
        cwd="/",
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as run:
        assert run.stderr
        assert any(words in line for line in run.stderr), f"never said {words}"
        time.sleep(0.05)
        run.send_signal(signal.SIGKILL)
