"""What was fetched from a source before: one JSON file for each source, replaced whole and only when on disk."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from integration.sources.peer import RemoteFile
from integration.sources.places import Source
from warehouse.settings import Home
from warehouse.whole_file import whole_file


class Memory:
    """Remembers, by remote path, which version of which bytes was fetched for which month.

    Without a file, or with one that holds something else, nothing is remembered: everything is fetched again, which
    changes nothing but costs the time.
    """

    def __init__(self, home: Home, source: Source) -> None:
        self.path = fetching_folder(home, source).with_name(f"{source.agency}.{source.dataset}.json")
        held: dict[str, Any] = {}
        with suppress(OSError, ValueError, TypeError, AttributeError, KeyError):
            read = json.loads(self.path.read_text(encoding="utf-8"))
            _check(read)
            held = read
        self.files: dict[str, dict[str, Any]] = held.get("files", {})
        """Remote path -> version, sha256, month and the names it has in the inbox."""
        self.last: dict[str, Any] = held.get("last", {})
        """The last try: when (`at`), whether the source could be used (`reached`), what was said (`said`)."""
        self.deliveries: dict[str, str] = held.get("deliveries", {})
        """Month -> when a delivery of it was last put into the inbox."""
        self.waiting: dict[str, str] = held.get("waiting", {})
        """Month -> since which day what lies there of it is not whole."""
        self._looks: dict[str, dict[str, Any]] = held.get("looks", {})

    def write(self) -> None:
        """Put what is remembered on disk."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        held = {
            "files": self.files,
            "last": self.last,
            "deliveries": self.deliveries,
            "waiting": self.waiting,
            "looks": self._looks,
        }
        whole_file(self.path, json.dumps(held))

    def has(self, file: RemoteFile, month: str) -> bool:
        """Say whether exactly this version of a file was fetched, for this month."""
        before = self.files.get(file.path)
        return bool(before and file.version and before["version"] == file.version and before["month"] == month)

    def same_version(self, file: RemoteFile) -> str | None:
        """Give the month for which exactly this version of a file was fetched; None if it was not."""
        before = self.files.get(file.path)
        return before["month"] if before and file.version and before["version"] == file.version else None

    def of_month(self, month: str) -> dict[str, dict[str, Any]]:
        """Give what was fetched for a month, by remote path."""
        return {path: one for path, one in self.files.items() if one["month"] == month}

    def looked_the_same_since(self, file: RemoteFile, now: float) -> float:
        """Say for how many seconds a file has looked as it does now, by this machine's clock; remember this look."""
        before = self._looks.get(file.path)
        if before is None or before["version"] != file.version or before["at"] > now:
            self._looks[file.path] = {"version": file.version, "at": now}
            return 0
        return float(now - before["at"])

    def forget_look(self, file: RemoteFile) -> None:
        """Forget how a file looked: it is whole."""
        self._looks.pop(file.path, None)


def _check(held: dict[str, dict[str, Any]]) -> None:
    """Touch all that is asked for of what was read, so that what is missing or of another kind is found out here."""
    for one in held.get("files", {}).values():
        _ = one["version"], one["sha256"], one["month"], [name.strip() for name in one["names"]]
    for look in held.get("looks", {}).values():
        _ = look["version"], look["at"] + 0
    for name in ("last", "deliveries", "waiting"):
        held.get(name, {}).items()


def fetching_folder(home: Home, source: Source) -> Path:
    """Give the folder of copies that are being made; what lies beside it under a longer name is made there too."""
    return home.fetching / f"{source.agency}.{source.dataset}"


def delivery_folder(home: Home, source: Source, month: str) -> Path:
    """Give the folder of a month's delivery in the inbox."""
    return home.inbox / source.agency / source.dataset / month
