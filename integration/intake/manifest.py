"""The manifest that a careful sender puts beside the files: what was sent, for which month, how many rows."""

import datetime as dt
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
PERIOD = re.compile(r"^20[0-9]{2}-(0[1-9]|1[0-2])\Z")
_AHEAD = dt.timedelta(days=31)
"""How long before its period a snapshot may be taken: a list for next month, not one with a slip in its month."""
REGION_CODE_SYSTEMS = (None, "kemendagri", "bps")


class UnusableManifestError(ValueError):
    """The manifest contradicts itself or is no manifest; the message says found, wanted, what to do."""


@dataclass(frozen=True)
class ManifestFile:
    """One file that the manifest lists; `rows` (data rows) and `sha256` are None where it does not say."""

    name: str
    source_file_name: str | None
    sha256: str | None
    rows: int | None


@dataclass(frozen=True)
class Manifest:
    """What a manifest says; `kab_code` is dotted (`35.09`)."""

    dataset: str
    kab_code: str
    period: str
    snapshot_date: dt.date
    files: tuple[ManifestFile, ...]
    region_code_system: str | None
    scope: str | None

    def listed(self, name: str) -> ManifestFile | None:
        """Find a file by its name, or by the name that its sender's system gave it."""
        return next((file for file in self.files if name in (file.name, file.source_file_name)), None)


def read_manifest(path: Path) -> Manifest:
    """Read a manifest; raises `UnusableManifestError` saying which entry is wrong."""
    try:
        said: dict[str, Any] = json.loads(path.read_bytes().decode("utf-8-sig"))
        json.dumps(said, ensure_ascii=False).encode()  # half a sign can be written in JSON and nowhere else
    except (ValueError, RecursionError, OSError) as error:  # a number of thousands of digits is a plain ValueError
        raise UnusableManifestError(f"{MANIFEST} is no JSON; write it again, or send the files without one") from error
    if not isinstance(said, dict):
        raise UnusableManifestError(f"{MANIFEST} holds no object; write it again, or send the files without one")
    missing = [key for key in ("dataset", "kab4", "period", "snapshot_date", "files") if key not in said]
    if missing:
        raise UnusableManifestError(f"{MANIFEST} lacks {', '.join(missing)}; add what is missing")
    kab4 = str(said["kab4"]).replace(".", "")
    if not re.fullmatch(r"[0-9]{4}", kab4):
        raise UnusableManifestError(f"{MANIFEST}: kab4 must be four digits such as 3509; correct it")
    if not PERIOD.match(str(said["period"])):
        raise UnusableManifestError(f"{MANIFEST}: period must be YYYY-MM; correct it")
    try:
        snapshot = dt.date.fromisoformat(str(said["snapshot_date"]))
        files = tuple(_file(entry) for entry in said["files"])
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise UnusableManifestError(
            f"{MANIFEST}: snapshot_date must be YYYY-MM-DD and files a list of {{name, sha256, rows}}; correct it"
        ) from error
    if snapshot < dt.date.fromisoformat(f"{said['period']}-01") - _AHEAD:
        raise UnusableManifestError(
            f"{MANIFEST}: snapshot_date {snapshot} lies more than a month before period {said['period']} begins; "
            "correct the one that is wrong"
        )
    region_code_system = _text(said.get("region_code_system"))
    if region_code_system not in REGION_CODE_SYSTEMS:
        raise UnusableManifestError(f"{MANIFEST}: region_code_system must be kemendagri or bps; correct it")
    return Manifest(
        dataset=str(said["dataset"]),
        kab_code=f"{kab4[:2]}.{kab4[2:]}",
        period=str(said["period"]),
        snapshot_date=snapshot,
        files=files,
        region_code_system=region_code_system,
        scope=_text(said.get("scope")),
    )


def _file(entry: dict[str, Any]) -> ManifestFile:
    rows = entry.get("rows")
    return ManifestFile(
        name=str(entry["name"]),
        source_file_name=None if entry.get("source_file_name") is None else str(entry["source_file_name"]),
        sha256=_text(entry.get("sha256")),
        rows=None if rows is None else int(rows),
    )


def _text(said: object) -> str | None:
    return None if said is None else str(said).strip().casefold() or None
