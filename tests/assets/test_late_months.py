"""A month is published beside the newest, and a month that has not come waits."""

import json

from at_the_terminal import HarderRun, NightRun, padan

from warehouse.pointer import LATE, PUBLISHED, line, moves
from warehouse.publication import current_publication, publications_in_line


def test_a_month_is_published_beside_and_the_newest_on_top(
    night_run: NightRun, harder_runs: dict[str, HarderRun]
) -> None:
    home, said = harder_runs["a month again"].done()
    told = said.stdout + said.stderr

    assert said.returncode == 0, told
    newest, september, before = publications_in_line(home)
    assert [one.facts["period"] for one in (newest, september, before)] == ["2026-10", "2026-09", "2026-10"]
    assert before.version == night_run.publication.version
    assert current_publication(home) == newest
    assert [one.how for one in moves(home)] == [PUBLISHED, LATE, PUBLISHED]
    assert f"2026-09: asked for; published again beside: {september.version}" in said.stdout
    assert "2026-11: asked for; not published again: it is later than 2026-10, the newest month delivered." in told
    assert f"PUBLISHED {newest.version} for 2026-10" in said.stdout
    assert "siga_krs for 2099-01 shows 2099-01-31" in said.stdout
    assert "it waits until its month has come" in said.stdout

    rests_on = {one["dataset"]: one for one in newest.facts["deliveries"]}
    assert rests_on["siga_krs"]["period"] == "2026-10"
    assert rests_on["dinkes_balita"]["snapshot_date"] == "2026-10-31"
    of_september = {one["dataset"]: one for one in september.facts["deliveries"]}
    assert of_september["dinkes_balita"]["period"] == of_september["siga_krs"]["period"] == "2026-09"


def test_the_list_of_publications_says_which_is_late(harder_runs: dict[str, HarderRun]) -> None:
    home, _ = harder_runs["a month again"].done()
    said = padan("publications", "--home", home.path)

    (late,) = [text for text in said.stdout.splitlines() if text.startswith(line(home)[1])]
    assert late.split()[-1] == "late"
    written = json.loads((home.published / "in_force.json").read_text())
    assert [one["how"] for one in written] == [PUBLISHED, LATE, PUBLISHED]
