"""What a run says to those who were not there: facts, page, e-mail and metrics, and nothing about a person."""

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from at_the_terminal import NightRun
from hypothesis import given
from hypothesis import strategies as st
from invented_publication import CARDS, CLEAR_NIKS, NAMES, home_in, publish_invented
from prometheus_client.parser import text_string_to_metric_families

from integration.indicators.indicators import load_indicators
from integration.run_summary import (
    Check,
    Record,
    Step,
    daily_text,
    latest_summary,
    metrics_text,
    named_summary,
    summaries,
    summarise,
    summarised,
    write_metrics,
    write_summary,
)
from integration.run_summary.compose import _table
from integration.run_summary.documentation import fields
from integration.run_summary.folder import KEPT, NoSuchRun, runs_folder
from integration.run_summary.metrics import gauges
from integration.run_summary.page import summary_page
from integration.run_summary.record import NOTHING_NEW, PUBLICATION, UNCHANGED
from integration.run_summary.words import summary_words
from warehouse.settings import Home

BEGAN = dt.datetime(2026, 11, 21, 19, 0, tzinfo=dt.UTC)
GATE = Check("targeting/targeting:gate_balita_drop", "ERROR", "Not fewer children. Wanted 0.8, found 0.4.")
WARNING = Check("persons/person:nik_of_one_person", "WARN", "4 at fault. Wanted: No two persons have the same NIK.")
REFUSAL = "Dinas Kesehatan, dinkes_balita 2026-10: the file <b>a.xlsx</b> is damaged; send it again."


def record(**more: Any) -> Record:
    """Give a run that published; `more` is what it did otherwise."""
    begun = Record(
        run_id="invented-run",
        job="nightly",
        started=BEGAN,
        ended=BEGAN + dt.timedelta(minutes=3),
        well=True,
        checks_judged=2,
        failed_checks=(WARNING,),
        steps=(Step("agency_extracts__dinkes_balita", 2.0), Step("persons__person__checks", 1.0, unchanged=True)),
        said={
            PUBLICATION: {"period": "2026-10"},
            "agency_extracts/dinkes_balita": {
                "deliveries_accepted": 1,
                "deliveries_refused": 1,
                "refusals": f"- {REFUSAL}",
                "warnings": "none",
            },
            "matched_pairs/person_link": {"match_rate/dinkes_balita": 0.91},
            "targeting/agency_snapshots": {"snapshots": 40, "made": 3, "withdrawn": "none"},
        },
        peak_memory_bytes=2**30,
        cpu_seconds=12.5,
    )
    return replace(begun, **more)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Give a home with a publication of invented people, which no test changes."""
    home = home_in(tmp_path_factory.mktemp("told"))
    publish_invented(home)
    return home


def leaves(found: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Give each value of a summary, with its path as fields.yaml writes it."""
    if isinstance(found, Mapping):
        if path:
            yield path, found
        for name, value in found.items():
            named = "*" if path in ("stages", "publication.tables") else name
            yield from leaves(value, f"{path}.{named}" if path else name)
    elif isinstance(found, list):
        for one in found:
            yield from leaves(one, f"{path}[]")
    else:
        yield path, found


OF_TYPE: dict[str, type | tuple[type, ...]] = {
    "integer": int, "number": (int, float), "text": str, "truth": bool, "table": dict, "time": str, "date": str,
}  # fmt: skip


def assert_declared(summary: dict[str, Any]) -> None:
    """Expect every value to stand under a declared field and to be of its type."""
    tables = {path[:end] for path in fields() for end in range(len(path)) if path[end] == "."}
    for path, value in leaves(summary):
        if path not in fields():
            assert isinstance(value, Mapping), path
            assert path in tables, path
            continue
        kind = fields()[path][0]
        assert kind.endswith("?") if value is None else isinstance(value, OF_TYPE[kind.rstrip("?")]), path
        if kind.startswith("time") and value is not None:
            assert dt.datetime.fromisoformat(str(value)).utcoffset() == dt.timedelta(0)


OUTCOMES: dict[str, dict[str, Any]] = {
    "published": {},
    "published_incomplete": {"well": False, "failures": ("The disk is full.",)},
    "nothing_new": {"said": {PUBLICATION: {"period": "2026-10", NOTHING_NEW: "nothing new: … stands"}}},
    "done": {"said": {}, "job": "agency_health"},
    "refused": {"well": False, "said": {}, "failed_checks": (GATE, WARNING), "failures": (GATE.sentence,)},
    "failed": {"well": False, "said": {}, "failures": ("An unforeseen KeyError stopped a step.",)},
    "killed": {"well": False, "said": {}, "killed": True, "peak_memory_bytes": None, "cpu_seconds": None},
    "cancelled": {"well": False, "said": {}, "cancelled": True},
}


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_outcome_is_told_as_declared(home: Home, outcome: str) -> None:
    ended = record(**OUTCOMES[outcome])

    summary = summarise(ended, home)

    assert summary["run"]["outcome"] == outcome
    assert_declared(json.loads(json.dumps(summary)))
    subject, text = daily_text(summary, "/srv/padan/runs/x.html")
    assert summary_words().outcomes[outcome].short in subject
    assert summary_words().outcomes[outcome].sentence in text
    assert len(text.splitlines()) <= 25
    page = summary_page(summary)
    for told in (*ended.failures, *(one.sentence for one in ended.failed_checks)):
        assert told in page


def test_every_outcome_has_its_words() -> None:
    assert set(summary_words().outcomes) == set(OUTCOMES)


def test_a_publication_that_stood_unchanged_is_nothing_new() -> None:
    assert record(said={PUBLICATION: {UNCHANGED: "run 1"}}).outcome == "nothing_new"


def test_a_refusal_by_a_gate_that_became_a_failure_is_a_refusal() -> None:
    said = ("Not published; the previous publication stays. Not fewer children.",)

    assert record(well=False, said={}, failed_checks=(), failures=said).outcome == "refused"


def test_a_home_without_anything_can_be_told_of(tmp_path: Path) -> None:
    home = home_in(tmp_path)

    summary = summarise(record(**OUTCOMES["failed"]), home)

    assert summary["publication"] is None
    assert summary["deliveries_known"] is False
    assert_declared(summary)
    assert summary_words().mail["busy"] in daily_text(summary)[1]
    assert summary_words().page["none"] in summary_page(summary)


def test_the_rate_of_an_unchanged_matching_is_that_of_the_run_before(home: Home) -> None:
    before = summarise(record(), home)

    summary = summarise(record(said={PUBLICATION: {UNCHANGED: "run 1"}}), home, before)

    rates = {one["dataset"]: one["match_rate"] for one in summary["datasets"]}
    assert rates["dinkes_balita"] == 0.91
    assert rates["siga_krs"] is None


@given(
    counts=st.dictionaries(
        st.tuples(st.sampled_from(["P1", "P2", "P3", "P4"]), st.sampled_from(["balita", "ibu", "keluarga"])),
        st.integers(0, 20),
        min_size=2,
    )
)
def test_no_small_number_of_people_is_told_or_follows(counts: dict[tuple[str, str], int]) -> None:
    below = load_indicators().hidden_below
    told = {
        (line["tier"], subject): line[subject]
        for line in _table([(*cell, number) for cell, number in counts.items()], "tier")
        for subject in summary_words().subjects
    }

    hidden = {cell: number for cell, number in counts.items() if told[cell] is None}
    assert all(not 0 < number < below for cell, number in counts.items() if cell not in hidden)
    assert all(told[cell] == number for cell, number in counts.items() if cell not in hidden)
    # The total is published: one hidden number alone would follow from it.
    assert not hidden or len(hidden) > 1 or sum(counts.values()) < 2 * below


def test_nothing_of_a_person_is_told(home: Home) -> None:
    summary = summarise(record(), home)
    told = json.dumps(summary) + summary_page(summary) + daily_text(summary)[1] + metrics_text(home)

    assert not any(canary in told for canary in (*CLEAR_NIKS, *CARDS, *NAMES))
    assert summary["publication"]["tables"]["mortality_event"] is None  # one death
    assert {one["ibu"] for one in summary["targets"]} <= {None, 0}


def test_the_page_needs_nothing_from_elsewhere_and_says_what_files_say_as_text(home: Home) -> None:
    page = summary_page(summarise(record(), home))

    assert not re.search(r"https?://|<script|<link|<img|url\(|@import", page)
    assert "<b>a.xlsx</b>" not in page
    assert "&lt;b&gt;a.xlsx&lt;/b&gt;" in page
    assert '<html lang="id">' in page


def test_summaries_are_kept_newest_first_and_the_newest_is_the_latest(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    for night in (2, 1, 3):
        began = BEGAN + dt.timedelta(days=night)
        write_summary(home, summarise(record(run_id=f"{night}-of-three", started=began, ended=began), home))

    assert [one["run"]["id"][0] for one in summaries(home)] == ["3", "2", "1"]
    assert [one["run"]["id"][0] for one in summaries(home, 1)] == ["3"]
    folder = runs_folder(home)
    assert json.loads((folder / "latest.json").read_text()) == latest_summary(home) == named_summary(home, None)
    assert named_summary(home, "2-of")["run"]["id"] == "2-of-three"
    assert summarised(home, "1-of-three")
    assert not summarised(home, "4-of-three")
    with pytest.raises(NoSuchRun, match="No run 'x' has a summary"):
        named_summary(home, "x")
    assert {path.stat().st_mode & 0o077 for path in (folder, *folder.iterdir())} == {0}
    assert len(list(folder.iterdir())) == 8


@pytest.mark.parametrize("damage", ["", '{"run": ', "[]", "{}"])
def test_a_damaged_summary_keeps_no_other_from_being_read(tmp_path: Path, damage: str) -> None:
    home = home_in(tmp_path)
    for night in (1, 2):
        began = BEGAN + dt.timedelta(days=night)
        write_summary(home, summarise(record(run_id=f"{night}-of-two", started=began, ended=began), home))
    newest = next(runs_folder(home).glob("????-*-2-of-two.json"))
    newest.chmod(0o600)
    newest.write_text(damage)

    assert [one["run"]["id"] for one in summaries(home)] == ["1-of-two"]
    assert latest_summary(home) == named_summary(home, "1-of")


def test_the_oldest_summaries_go(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    runs_folder(home).mkdir()
    for night in range(KEPT):
        (runs_folder(home) / f"2025-01-01T{night:06}Z-invented.json").write_text("{}")
        (runs_folder(home) / f"2025-01-01T{night:06}Z-invented.html").touch()

    write_summary(home, summarise(record(), home))

    left = {path.name for path in runs_folder(home).glob("2*")}
    assert len(left) == 2 * KEPT
    assert "2025-01-01T000000Z-invented.json" not in left
    assert "2025-01-01T000001Z-invented.html" in left


def test_metrics_are_read_back_by_prometheus(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    publish_invented(home)
    write_summary(home, summarise(record(), home))

    path = write_metrics(home)

    read = {one.name: one for one in text_string_to_metric_families(path.read_text())}
    assert set(read) == {one.name for one in gauges()}
    assert all(one.documentation and one.type == "gauge" for one in read.values())
    samples = {(one.name, *one.labels.values()): one.value for family in read.values() for one in family.samples}
    assert samples["padan_run_success",] == 1
    assert samples["padan_run_info", "nightly", "published"] == 1
    assert samples["padan_run_timestamp_seconds",] == (BEGAN + dt.timedelta(minutes=3)).timestamp()
    assert samples["padan_match_rate", "dinkes_balita"] == 0.91
    assert samples["padan_deliveries_refused", "dinkes_balita"] == 1
    assert samples["padan_checks_failed", "warn"] == 1
    assert samples["padan_checks_failed", "error"] == 0
    assert samples["padan_stage_seconds", "agency_extracts"] == 2
    assert samples["padan_unchanged_steps",] == 1
    assert samples["padan_run_peak_memory_bytes",] == 2**30
    assert samples["padan_rows", "targeting"] == 12
    assert ("padan_rows", "mortality_event") not in samples
    assert samples["padan_disk_free_bytes",] > 0


def test_ages_are_those_of_the_moment(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    published_at = dt.datetime.fromisoformat(publish_invented(home).facts["published_at"])

    text = metrics_text(home, published_at + dt.timedelta(days=3))

    (age,) = re.findall(r"^padan_publication_age_seconds (.*)$", text, re.MULTILINE)
    assert float(age) == 3 * 86_400
    assert "\npadan_run_success " not in text  # it never ran


def test_every_metric_reads_a_declared_field() -> None:
    for one in gauges():
        base = one.each + "[]." if one.each and f"{one.each}[].dataset" in fields() else ""
        for path in (one.path, *one.labels.values()):
            if path and path not in ("key", "value"):
                assert f"{base}{path}" in fields(), one.name


def test_a_night_says_all_of_it(night_run: NightRun) -> None:
    summary = latest_summary(night_run.home)

    assert summary is not None
    assert_declared(summary)
    assert summary["run"]["outcome"] == "published"
    assert summary["publication"]["version"] == night_run.publication.version
    assert summary["machine"]["peak_memory_bytes"] > 2**27
    assert summary["checks"]["judged"] > 100
    assert set(summary["stages"]) == set(summary_words().stages)
    assert 10 <= len(daily_text(summary)[1].splitlines()) <= 20
    standing = {one["dataset"]: one["in_force"] for one in summary["datasets"]}
    assert standing["dukcapil_penduduk"]["rows_read"] > 300
    assert standing["dukcapil_penduduk"]["rows_refused"] > 0
    metrics = (night_run.home.path / "metrics" / "padan.prom").read_text()
    assert "padan_run_success 1.0" in metrics
    assert list(text_string_to_metric_families(metrics))


def test_a_run_that_was_killed_is_told_of_by_the_next(harder_runs: dict[str, Any]) -> None:
    home, said = harder_runs["killed twice, then in another order"].done()

    assert said.returncode == 0
    assert [one["run"]["outcome"] for one in summaries(home)] == ["published", "killed", "killed"]
    assert all(one["machine"]["peak_memory_bytes"] is None for one in summaries(home)[1:])
