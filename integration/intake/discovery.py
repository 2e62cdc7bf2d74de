"""Which deliveries lie in a folder: by folder names, by file names, or as their manifest says."""

import calendar
import datetime as dt
import fnmatch
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from integration.contracts import Contract, contracts
from integration.intake.manifest import MANIFEST, PERIOD, Manifest, UnusableManifestError, read_manifest
from integration.reading.delivered_file import EXTENSIONS
from integration.reading.shown_names import can_be_shown, shown, shown_path
from warehouse.errors import HomeError

_KAB_IN_NAME = re.compile(r"(?:^|[_ -])(?!20)(\d{2})\.?(\d{2})(?!\d)")
"""No province is called 20: `_2026_` is a year."""
_PERIOD_IN_NAME = re.compile(r"(?:^|[_ -])(20\d{2})-?(0[1-9]|1[0-2])(?!\d)")
UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".filepart")
"""Endings that programs give a file while they write it."""
UNKNOWN = "unknown"
SAID_AT_MOST = 20
"""Files that are named among those passed over; of a folder of thousands nobody reads each."""
TRUTH = "truth"
"""The folder that a sample has beside its extracts: what is true of them, no delivery."""


@dataclass(frozen=True)
class FoundDelivery:
    """One delivery as it lies there; `trouble` is a sentence when it cannot even be opened.

    `kab_code` and `period` are `unknown` where neither manifest, folder nor file name says them.
    """

    contract: Contract
    folder: Path
    files: tuple[Path, ...]
    kab_code: str
    period: str
    snapshot_date: dt.date
    manifest: Manifest | None = None
    trouble: str | None = None
    notes: tuple[str, ...] = ()


@dataclass
class Found:
    """What a folder of extracts holds: deliveries in the order of dataset and period, and what was passed over."""

    root: Path
    deliveries: list[FoundDelivery] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)

    def passed_over_in_short(self) -> list[str]:
        """Give the first sentences on what was passed over, and one that counts the others."""
        more = len(self.passed_over) - SAID_AT_MOST
        return [*self.passed_over[:SAID_AT_MOST], *([f"{more:,} more files, in the same ways"] if more > 0 else [])]

    def of(self, dataset: str) -> list[FoundDelivery]:
        """Give the deliveries of one dataset."""
        return [delivery for delivery in self.deliveries if delivery.contract.dataset == dataset]


def find_deliveries(root: Path, kab_code: str | None = None) -> Found:
    """Find every delivery below `root`, whatever its folders are called.

    A dataset is named by a folder (`<agency>/<dataset>/<YYYY-MM>/`), by the start of a file's name, or by an agency's
    own name for it. What lies in folders below a month's folder belongs to the same delivery. Hidden, temporary and
    lock files are passed over. `kab_code` (`35.09`) is the kabupaten of files that do not say theirs; without it, the
    one that most others say. Raises `HomeError` when `root` is no folder.
    """
    if not root.is_dir():
        raise HomeError(f"The extracts folder {root} does not exist or is no folder. Name it with --extracts.")
    found = Found(root)
    groups: dict[tuple[str, Path, str, str], list[Path]] = defaultdict(list)
    manifests = {path.parent for path in root.rglob(MANIFEST) if not (_is_hidden(path, root) or path.is_symlink())}
    inside = root.resolve()
    for path in sorted(root.rglob("*")):
        if path.name == MANIFEST or _is_hidden(path, root) or not (path.is_file() or path.is_symlink()):
            continue
        if why := _not_taken(path, root, inside):
            found.passed_over.append(why)
            continue
        contract = _contract_of(path, root)
        if contract is None or path.suffix.casefold() not in EXTENSIONS:
            found.passed_over.append(_why_not(path, root, contract))
            continue
        folder = _delivery_folder(path, root, manifests)
        named = ("", "") if folder in manifests else (_kab(path), _period(path, root))
        groups[contract.dataset, folder, *named].append(path)
    usual_kab = kab_code or _most_common_kab(manifests, groups)
    for (dataset, folder, kab, period), files in groups.items():
        contract = contracts()[dataset]
        if folder in manifests:
            found.deliveries.append(_with_manifest(contract, folder, files))
        else:
            found.deliveries.append(
                _without_manifest(contract, folder, files, kab or usual_kab, period, assumed=not kab)
            )
    for folder in sorted(manifests - {folder for _, folder, _, _ in groups}):
        found.deliveries += _manifest_alone(folder, root, found)
    found.deliveries.sort(key=lambda d: (d.contract.code, d.period, d.kab_code, str(d.folder)))
    return found


def _is_hidden(path: Path, root: Path) -> bool:
    """Say whether a file is none of the agencies': hidden, a lock of a spreadsheet, or the truth of a sample."""
    parts = path.relative_to(root).parts
    return parts[0] == TRUTH or any(part.startswith((".", "~$")) for part in parts)


def _not_taken(path: Path, root: Path, inside: Path) -> str | None:
    """Say why a file is not even looked at; None for one that is."""
    place = path.relative_to(root).as_posix()
    told = shown_path(place)
    if path.is_symlink() and not (path.is_file() and path.resolve().is_relative_to(inside)):
        return f"{told}: a link to a folder, or one that leads out of {root.name}; put the files themselves there."
    if not can_be_shown(place):
        return f"{told}: its name holds signs that cannot be shown; give it a plain name."
    return None


def _delivery_folder(path: Path, root: Path, manifests: set[Path]) -> Path:
    """Give the folder that is the delivery: the file's own, or one above it that is named by a month."""
    if path.parent in manifests:
        return path.parent
    above = path.parents[: len(path.relative_to(root).parts) - 1]
    return next((folder for folder in above if PERIOD.match(folder.name)), path.parent)


def _manifest_alone(folder: Path, root: Path, found: Found) -> list[FoundDelivery]:
    """Give the delivery of a manifest beside which nothing lies that it could speak of."""
    try:
        manifest = read_manifest(folder / MANIFEST)
    except UnusableManifestError as error:
        found.passed_over.append(f"{(folder / MANIFEST).relative_to(root)}: no files lie beside it, and {error}.")
        return []
    if manifest.dataset not in contracts():
        found.passed_over.append(f"{(folder / MANIFEST).relative_to(root)}: no dataset is called as it says.")
        return []
    return [_with_manifest(contracts()[manifest.dataset], folder, [])]


def _contract_of(path: Path, root: Path) -> Contract | None:
    known = contracts()
    for part in reversed(path.relative_to(root).parts[:-1]):
        if part in known:
            return known[part]
    name = path.name.casefold()
    for contract in known.values():
        if name.startswith(contract.dataset) or any(fnmatch.fnmatch(name, p) for p in contract.file_patterns):
            return contract
    return None


def _why_not(path: Path, root: Path, contract: Contract | None) -> str:
    place = shown_path(path.relative_to(root).as_posix())
    if path.suffix.casefold() in UNFINISHED:
        return f"{place}: still being written; it is read once it has its final name."
    if contract is None:
        return f"{place}: no dataset claims it; put it into <agency>/<dataset>/<YYYY-MM>/ or name it <dataset>_…"
    return f"{place}: files of the kind {path.suffix or 'without an ending'} are not read; send XLSX, CSV or Parquet."


def _kab(path: Path) -> str:
    named = _KAB_IN_NAME.search(path.name)
    return f"{named[1]}.{named[2]}" if named else ""


def named_month(place: PurePath) -> str | None:
    """Give the month (`YYYY-MM`) that the folders or the name of a file say, the innermost folder first; else None."""
    for part in reversed(place.parts[:-1]):
        if PERIOD.match(part):
            return part
    return _named_period(place) or None


def _period(path: Path, root: Path) -> str:
    return named_month(path.relative_to(root)) or UNKNOWN


def _named_period(path: PurePath) -> str:
    named = _PERIOD_IN_NAME.search(path.name)
    return f"{named[1]}-{named[2]}" if named else ""


def _most_common_kab(manifests: set[Path], groups: dict[tuple[str, Path, str, str], list[Path]]) -> str:
    """Say which kabupaten this folder is mostly about; what a file that does not say it is taken to be."""
    counts: Counter[str] = Counter(kab for _, _, kab, _ in groups if kab)
    for folder in manifests:
        try:
            counts[read_manifest(folder / MANIFEST).kab_code] += 1
        except UnusableManifestError:
            continue
    return counts.most_common(1)[0][0] if counts else UNKNOWN


def _with_manifest(contract: Contract, folder: Path, files: list[Path]) -> FoundDelivery:
    try:
        manifest = read_manifest(folder / MANIFEST)
    except UnusableManifestError as error:
        return FoundDelivery(contract, folder, tuple(files), UNKNOWN, UNKNOWN, dt.date(1900, 1, 1), trouble=f"{error}.")
    trouble = None
    if manifest.dataset != contract.dataset:
        trouble = (
            f"{MANIFEST} speaks of {shown(manifest.dataset)}, but the folder holds {contract.dataset}; "
            "put the right manifest beside the files."
        )
    listed = tuple(path for path in files if manifest.listed(path.name))
    lacking = [one.name for one in manifest.files if not any(manifest.listed(path.name) is one for path in listed)]
    if lacking and trouble is None:
        names = ", ".join([*map(shown, lacking[:SAID_AT_MOST]), *(["and others"] if lacking[SAID_AT_MOST:] else [])])
        trouble = f"{MANIFEST} lists {names}, which is not there; send the missing file."
    unlisted = [path.name for path in files if path not in listed]
    notes = tuple(f"{shown(name)} is not in {MANIFEST} and was not read." for name in unlisted)
    return FoundDelivery(
        contract,
        folder,
        listed,
        manifest.kab_code,
        manifest.period,
        manifest.snapshot_date,
        manifest=manifest,
        trouble=trouble,
        notes=notes,
    )


def _without_manifest(
    contract: Contract, folder: Path, files: list[Path], kab: str, period: str, *, assumed: bool
) -> FoundDelivery:
    notes = ["No manifest came with it: row counts are unverified."]
    if assumed and kab != UNKNOWN:
        notes.append(f"No name says which kabupaten it is of; {kab} was assumed, as declared or in other deliveries.")
    for path in files:
        if _named_period(path) not in ("", period):
            notes.append(
                f"{shown(path.name)} is named for {_named_period(path)} and lies with {period}; the folder counts."
            )
    if period == UNKNOWN or kab == UNKNOWN:
        return FoundDelivery(
            contract,
            folder,
            tuple(files),
            kab,
            period,
            dt.date(1900, 1, 1),
            trouble="neither a manifest, the folder nor the file name says for which "
            f"{'month' if period == UNKNOWN else 'kabupaten'} it is; "
            f"name the file {contract.dataset}_<kab4>_<YYYYMM> or put it into <dataset>/<YYYY-MM>/.",
        )
    year, month = map(int, period.split("-"))
    last_day = dt.date(year, month, calendar.monthrange(year, month)[1])
    return FoundDelivery(contract, folder, tuple(files), kab, period, last_day, notes=tuple(notes))
