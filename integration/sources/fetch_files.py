"""Fetching deliveries that are files: listed, judged whole, copied, unpacked, and put into the inbox month by month."""

import datetime as dt
import shutil
from collections import defaultdict
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

from integration.intake.landing import sha256_of
from integration.intake.manifest import MANIFEST, Manifest, UnusableManifestError, read_manifest
from integration.reading.shown_names import shown, shown_path
from integration.sources.download import Downloaded, StillGrowing, download, sweep
from integration.sources.fetched import Fetched, in_short
from integration.sources.local_names import NameTakenError, TakenNames, local_path, local_paths
from integration.sources.memory import Memory, delivery_folder, fetching_folder
from integration.sources.months import month_of, no_month
from integration.sources.peer import Look, Peer, RemoteFile
from integration.sources.places import Source
from integration.sources.placing import add, place
from integration.sources.readiness import being_written, wanted
from integration.sources.unpacking import UnusableArchiveError, is_archive, unpack
from warehouse.errors import SourceFailed
from warehouse.progress import Say
from warehouse.settings import Home


class FileFetch:
    """One fetch from one open place; `run` does it."""

    def __init__(self, home: Home, source: Source, peer: Peer, memory: Memory, day: dt.date, say: Say) -> None:
        self.home = home
        self.source = source
        self.peer = peer
        self.memory = memory
        self.day = day
        self.say = say
        self.downloads = fetching_folder(home, source)
        self.look = Look()
        self.manifests: dict[str, Manifest] = {}
        """Folder -> the manifest in it, where it or a file beside it is new or changed."""
        self.waited: dict[str, str] = {}
        """Month -> since which day it was waiting at the fetch before."""

    def run(self, fetched: Fetched) -> None:
        """Fetch what is new; raises `SourceFailed`. What was put into the inbox before that stays there."""
        self.look = self.peer.look()
        self.waited, self.memory.waiting = self.memory.waiting, {}
        files = wanted(self.source, self.look)
        beside = {file.path for file in self.look.files}
        sweep(self.downloads, {file.path for file in files})
        for month, delivery in sorted(self._by_month(files, fetched).items()):
            new = [file for file in delivery if not self.memory.has(file, month)]
            if not new:
                fetched.unchanged += len(delivery)
                continue
            if why := self._not_yet(delivery, beside):
                self._wait(month, why, fetched)
                continue
            try:
                self._fetch(month, delivery, fetched)
            except SourceFailed as failed:
                if failed.passing:
                    raise
                fetched.refused.append(f"{month}: {failed.found}")  # the other months are none the worse for it
        fetched.passed_over += self.look.passed_over

    def _wait(self, month: str, why: str, fetched: Fetched) -> None:
        """Leave a month for the next fetch; one that waits since another day is somebody's to look after."""
        today = self.day.isoformat()
        since = self.memory.waiting[month] = self.waited.get(month, today)
        if since == today:
            fetched.waiting.append(f"{month}: {why}; left for the next fetch")
        else:
            fetched.refused.append(f"{month}: {why}; it waits since {since}: ask who sends it")

    def _by_month(self, files: list[RemoteFile], fetched: Fetched) -> dict[str, list[RemoteFile]]:
        """Put the files to the months they are of; what nobody says the month of is refused."""
        together: dict[str, list[RemoteFile]] = defaultdict(list)
        for file in files:
            together[_folder(file)].append(file)
        said: dict[str, str] = {}
        for folder, beside in together.items():
            for file in beside:
                if PurePosixPath(file.path).name == MANIFEST and (month := self._month_of_manifest(file, beside)):
                    said[folder] = month
        months: dict[str, list[RemoteFile]] = defaultdict(list)
        nowhere = []
        for file in files:
            known = self.memory.same_version(file)  # the month that it was of when it was fetched
            month = said.get(_folder(file)) or known or month_of(self.source, file.path, said, self.day)
            if month is None:
                nowhere.append(no_month(self.source, file))
            elif local_path(file.path, self.source.dataset, month) is None:
                nowhere.append(f"{file.shown}: its folder is named after another dataset or month.")
            else:
                months[month].append(file)
            if known and month != known:
                self.look.passed_over.append(
                    f"{file.shown}: it was fetched as {known}, and its manifest now says {month}; {known} keeps what "
                    "it was given until another delivery of it comes."
                )
        fetched.refused += [sentence.rstrip(".") for sentence in in_short(nowhere)]
        return months

    def _month_of_manifest(self, file: RemoteFile, beside: list[RemoteFile]) -> str | None:
        """Give the month of a manifest, which is read where it or a file `beside` it is new."""
        if all(self.memory.same_version(one) for one in beside):
            return self.memory.same_version(file)
        with suppress(UnusableManifestError, StillGrowing):  # intake refuses it with its own sentence
            manifest = read_manifest(download(self.source, self.peer, file, self.downloads).path)
            self.manifests[_folder(file)] = manifest
            return manifest.period
        return None

    def _not_yet(self, delivery: list[RemoteFile], beside: set[str]) -> str | None:
        """Say why a delivery is not whole yet; None when it looks so. A part of a delivery is never taken."""
        for file in delivery:
            if why := being_written(self.source, file, beside, self.memory):
                return f"{shown(PurePosixPath(file.path).name)}: {why}"
        for folder, manifest in self.manifests.items():
            there = {PurePosixPath(file.path).name for file in delivery if _folder(file) == folder}
            if MANIFEST not in there or any(map(is_archive, there)):
                continue
            lacking = [one.name for one in manifest.files if not {one.name, one.source_file_name} & there]
            if lacking:
                return f"{MANIFEST} lists {', '.join(map(shown, lacking[:3]))}, which does not lie there yet"
        return None

    def _fetch(self, month: str, delivery: list[RemoteFile], fetched: Fetched) -> None:
        """Make the folder of a delivery aside, and put it into the inbox if any byte of it is new."""
        target = delivery_folder(self.home, self.source, month)
        made = self.downloads.with_name(f"{self.downloads.name}.{month}")
        made.mkdir(parents=True)
        before = self.memory.of_month(month)
        by_path = {file.path: file for file in delivery}
        self.say(f"{self.source.name} {month}: {len(delivery):,} file(s)")
        now: dict[str, dict[str, Any]] = {}
        try:
            taken = TakenNames()
            for path, name in local_paths(by_path, self.source.dataset, month).items():
                now[path] = self._one(month, by_path[path], name, target, made, taken)
        except StillGrowing as growing:
            self._wait(month, f"{growing} changed while it was copied", fetched)
        except (UnusableArchiveError, NameTakenError) as error:
            fetched.refused.append(f"{month}: {error}")
        except SourceFailed:
            shutil.rmtree(made)
            raise
        if now.keys() < by_path.keys():
            shutil.rmtree(made)
            return
        hashes = {path: one["sha256"] for path, one in now.items()}
        if hashes == {path: one["sha256"] for path, one in before.items()}:
            fetched.unchanged += len(delivery)
            shutil.rmtree(made)
        else:
            for path in before.keys() - now.keys():
                fetched.passed_over.append(
                    f"{shown_path(path)}: it no longer lies there and leaves the delivery of {month}."
                )
            names = [name for one in now.values() for name in one["names"]]
            fetched.passed_over += place(made, target, names, before)
            fetched.months.append(month)
            fetched.files += len(delivery)
            fetched.bytes += sum(file.size or 0 for file in delivery)
            self.memory.deliveries[month] = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        for path in before.keys() - now.keys():
            del self.memory.files[path]
        self.memory.files.update(now)
        self.memory.write()
        sweep(self.downloads, {file.path for file in self.look.files} - now.keys())

    def _one(
        self, month: str, file: RemoteFile, name: PurePosixPath, target: Path, made: Path, taken: TakenNames
    ) -> dict[str, Any]:
        """Add one file of the delivery under its name here, and give what is remembered of it."""
        had = self._already_here(file, month, target)
        whole = had or download(self.source, self.peer, file, self.downloads)
        manifest = self.manifests.get(_folder(file))
        listed = manifest.listed(PurePosixPath(file.path).name) if manifest else None
        if listed and listed.sha256 and listed.sha256 != whole.sha256:
            raise StillGrowing(f"{file.shown} is not what {MANIFEST} says (SHA-256): it, or the manifest,")
        if is_archive(file.path):
            try:
                names = [path.as_posix() for path in unpack(self.source, whole.path, name, made, taken)]
            except UnusableArchiveError as error:
                raise UnusableArchiveError(f"{file.shown}: {error}") from error
        else:
            taken.take(name, file.shown)
            names = [name.as_posix()]
            add(whole.path, made, names[0])
        return {"version": file.version, "sha256": whole.sha256, "month": month, "names": names}

    def _already_here(self, file: RemoteFile, month: str, target: Path) -> Downloaded | None:
        """Give a file of the delivery that was fetched before and still lies in the inbox as it came."""
        if not self.memory.has(file, month) or is_archive(file.path):
            return None
        held = self.memory.files[file.path]
        path = target / held["names"][0]
        if not path.is_file() or sha256_of(path) != held["sha256"]:
            return None
        return Downloaded(path, held["sha256"])


def _folder(file: RemoteFile) -> str:
    return str(PurePosixPath(file.path).parent)
