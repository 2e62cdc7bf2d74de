"""What Prometheus is told of a home, in its text format: `metrics.yaml` says what, the last summary how much."""

import datetime as dt
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from integration.alerts import waiting
from integration.run_summary.broken_off import BROKEN_OFF, broken_off
from integration.run_summary.compose import publication_in_force, told_of
from integration.run_summary.folder import latest_summary
from warehouse.declared_file import DeclaredFile
from warehouse.settings import Home
from warehouse.whole_file import whole_file

_DECLARED = Path(__file__).with_name("metrics.yaml")
_Convert = Callable[[Any, dt.datetime], float]


def _ago(moment: str, now: dt.datetime) -> float:
    return max(0.0, (now - dt.datetime.fromisoformat(moment)).total_seconds())


_AS: Mapping[str, _Convert] = {
    "number": lambda value, _: float(value),
    "flag": lambda value, _: float(bool(value)),
    "count": lambda value, _: float(len(value)),
    "time": lambda value, _: dt.datetime.fromisoformat(value).timestamp(),
    "seconds_ago": _ago,
    "days_ago": lambda value, now: float((now.date() - dt.datetime.fromisoformat(value).date()).days),
    "one": lambda _value, _: 1.0,
}


@dataclass(frozen=True)
class Gauge:
    """One metric: its name, its help, and where its value and labels stand in a summary (`metrics.yaml`)."""

    name: str
    help: str
    convert: str
    path: str
    each: str
    labels: Mapping[str, str]

    def samples(self, summary: Mapping[str, Any], now: dt.datetime) -> Iterator[tuple[list[str], float]]:
        """Give label values and value of each sample; none where the summary knows no value."""
        for entry in _entries(summary, self.each):
            found = 1 if self.convert == "one" else _at(entry, self.path)
            named = [_at(entry, path) for path in self.labels.values()]
            if found is not None and None not in named:
                yield [str(one) for one in named], _AS[self.convert](found, now)


@cache
def gauges() -> tuple[Gauge, ...]:
    """Read the declared metrics; raises `DeclarationError`."""
    file = DeclaredFile("metrics.yaml")
    found = []
    for name, body in file.table("the metrics", file.read(_DECLARED)).items():
        said = file.keys(name, body, {"help", "as"}, {"from", "each", "labels"})
        if said["as"] not in _AS:
            raise file.error(f"{name}, as", f"{said['as']!r} was found; it must be one of {', '.join(_AS)}")
        labels = said.get("labels", {})
        found.append(Gauge(name, said["help"], said["as"], said.get("from", ""), said.get("each", ""), labels))
    return tuple(found)


def metrics_text(home: Home, now: dt.datetime | None = None) -> str:
    """Give the metrics of a home as they are `now`: of its last run, of what is in force, of its disk.

    A home that never ran has its disk alone.
    """
    moment = now or dt.datetime.now(dt.UTC)
    summary = _as_found(home, moment)

    class AsFound(Collector):
        def collect(self) -> Iterator[Metric]:
            for one in gauges():
                family = GaugeMetricFamily(one.name, one.help, labels=list(one.labels))
                for labels, value in one.samples(summary, moment):
                    family.add_metric(labels, value)
                yield family

    registry = CollectorRegistry()
    registry.register(AsFound())
    return generate_latest(registry).decode()


def write_metrics(home: Home) -> Path:
    """Write them where node_exporter's textfile collector finds them: `metrics/padan.prom`."""
    folder = home.path / "metrics"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "padan.prom"
    whole_file(path, metrics_text(home))
    return path


def _as_found(home: Home, now: dt.datetime) -> dict[str, Any]:
    """Give the last summary, with the publication, the disk and the alerts that wait as they are now.

    Of a run that broke off after it, and has none, is said when and that; the rest stays what was last known.
    """
    summary = latest_summary(home) or {}
    if off := broken_off(home):
        nothing_more = {"job": "nightly", "outcome": BROKEN_OFF, "good": False, "ended_at": off.at.isoformat()}
        summary = {**summary, "run": nothing_more, "machine": {}, "steps": {}, "stages": {}, "checks": {}}
    publication = publication_in_force(home)
    run_id = summary.get("run", {}).get("id", "")
    return {
        **summary,
        "publication": told_of(publication, now, run_id) if publication else None,
        "alerts": {"waiting": len(waiting(home))},
        "machine": {**summary.get("machine", {}), "disk_free_bytes": shutil.disk_usage(home.path).free},
    }


def _entries(summary: Mapping[str, Any], each: str) -> list[Any]:
    if not each:
        return [summary]
    found = _at(summary, each) or []
    return [{"key": key, "value": value} for key, value in found.items()] if isinstance(found, dict) else found


def _at(entry: Any, path: str) -> Any:  # noqa: ANN401 - whatever stands in a summary
    """Give what stands at a path (`run.ended_at`); None where something on the way is missing or null."""
    for name in path.split("."):
        if not isinstance(entry, Mapping):
            return None
        entry = entry.get(name)
    return entry
