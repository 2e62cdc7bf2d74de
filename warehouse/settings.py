"""Where a home keeps things, and how much of the machine a run may use."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from warehouse.errors import DeclarationError

REGIONS_CSV = Path(__file__).parent / "reference" / "regions" / "regions.csv"
"""Every region of Indonesia: dotted code and name; its README says where they are from."""
DEFAULT_HOME = "data"
STAGES = ("agency_extracts", "clean_records", "matched_pairs", "persons", "targeting")
"""The five stages, in the data's order: schema names, asset groups, module names."""


@dataclass(frozen=True)
class Home:
    """One kabupaten's working place: everything Padan writes is below `path`."""

    path: Path

    @classmethod
    def from_environment(cls) -> "Home":
        """Give the home that `PADAN_HOME` names, else `./data`."""
        return cls(Path(os.environ.get("PADAN_HOME", DEFAULT_HOME)).absolute())

    @property
    def database(self) -> Path:
        """The working database; one writer, never opened by agencies."""
        return self.path / "warehouse.duckdb"

    @property
    def landing(self) -> Path:
        """Delivered files as they came, named by their hash; never changed."""
        return self.path / "landing"

    @property
    def sources(self) -> Path:
        """Where each agency's deliveries come from, where somebody said so."""
        return self.path / "sources.yaml"

    @property
    def promises(self) -> Path:
        """By when each dataset was promised here, where that is not as its contract says."""
        return self.path / "promises.yaml"

    @property
    def alerts(self) -> Path:
        """Who is told of a night by e-mail or webhook, where somebody said so."""
        return self.path / "alerts.yaml"

    @property
    def inbox(self) -> Path:
        """Deliveries fetched from the sources, or put there by hand: `<agency>/<dataset>/<YYYY-MM>/`."""
        return self.path / "inbox"

    @property
    def fetching(self) -> Path:
        """Downloads under way, and what was fetched before."""
        return self.path / "fetching"

    @property
    def published(self) -> Path:
        """Versioned snapshots and the pointer to the one in force."""
        return self.path / "published"

    @property
    def dagster(self) -> Path:
        """DAGSTER_HOME: runs, checks and metadata that the UI shows."""
        return self.path / "dagster"

    @property
    def person_model(self) -> Path:
        """The home's own matching model, where somebody trained one on its records."""
        return self.path / "person_model.yaml"

    @property
    def rules(self) -> Path:
        """The home's own rules of targeting, one YAML file for each change, where somebody wrote some."""
        return self.path / "rules"

    @property
    def policy(self) -> Path:
        """The home's own access policy, where somebody wrote one; it takes the place of the shipped one."""
        return self.path / "policy.yaml"

    @property
    def policies(self) -> Path:
        """Every access policy that a publication was cut by, as it was."""
        return self.path / "policies"

    @property
    def agencies(self) -> Path:
        """What each recipient may read: snapshots cut, masked and versioned for it."""
        return self.path / "agencies"

    @property
    def access_log(self) -> Path:
        """Who saw what: a segment for each year, and the head of the chain."""
        return self.path / "access_log"

    @property
    def keys(self) -> Path:
        """Secret keys, readable by the owner alone."""
        return self.path / "keys"

    @property
    def temporary(self) -> Path:
        """Spill files and files being converted; emptied at the start of a run."""
        return self.path / "temporary"


@dataclass(frozen=True)
class Resources:
    """What a run may take: `PADAN_MEMORY` (such as `4GB`) and `PADAN_THREADS`, else a share of the machine."""

    memory_limit: str
    threads: int

    @classmethod
    def from_environment(cls) -> "Resources":
        """Read the two variables; without them all cores, and a third of the memory but at most 6 GB.

        That is DuckDB's part: at 2.6 million people the whole run takes one gigabyte more.

        Raises `DeclarationError` for a value that is no amount.
        """
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        megabytes = max(512, min(6_000, total // 3_000_000))
        memory = os.environ.get("PADAN_MEMORY", f"{megabytes}MB").strip()
        if not re.fullmatch(r"[1-9]\d*(\.\d+)? ?[KMGT]i?B", memory, re.IGNORECASE):
            raise DeclarationError(f"PADAN_MEMORY is {memory!r}; it must be an amount of memory such as 4GB.")
        threads = os.environ.get("PADAN_THREADS", str(len(os.sched_getaffinity(0)))).strip()
        if not re.fullmatch(r"[1-9]\d{0,3}", threads):
            raise DeclarationError(f"PADAN_THREADS is {threads!r}; it must be a number of threads such as 2.")
        return cls(memory_limit=memory, threads=int(threads))


def remembered_extracts(home: Home) -> Path:
    """Give the folder of extracts that this home was last run on; `<home>/inbox` where it never was."""
    remembered = home.path / "extracts_folder"
    return Path(remembered.read_text(encoding="utf-8").strip()) if remembered.is_file() else home.inbox


def remember_extracts(home: Home, extracts: Path) -> None:
    """Keep the folder of extracts, so that a run started from the UI or the schedule reads the same one."""
    (home.path / "extracts_folder").write_text(f"{extracts}\n", encoding="utf-8")
