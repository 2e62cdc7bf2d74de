"""Who saw a person: what the log says, and what their snapshots held."""

import datetime as dt
import json

import pytest
from click.testing import CliRunner

from assets.command_line.audit import command
from integration.explanation.subjects import UnknownSubject
from integration.privacy.data_subject import data_subject
from integration.privacy.who_saw import chosen, reads_of, who_saw
from tests.integration.privacy.privacy_world import (
    CHILD,
    CHILD_NIK,
    CHILD_TARGET,
    FAMILY_TARGET,
    MOTHER,
    MOTHER_NIK,
    MOTHER_TARGET,
    TWIN,
    TWIN_NIK,
)
from warehouse.access_log import entries, record, verify
from warehouse.entitlements import policy_in_force
from warehouse.settings import Home


def test_a_person_is_found_by_every_name_of_theirs(people: Home) -> None:
    by_person = data_subject(people, CHILD)

    assert by_person.nik == CHILD_NIK
    assert by_person.target_ids == (CHILD_TARGET,)
    assert data_subject(people, CHILD_TARGET) == by_person
    merged = data_subject(people, "PZZZZZZZZZZZZZZZZ")
    assert (merged.person_id, merged.target_ids) == (CHILD, (CHILD_TARGET,))


def test_a_head_is_found_in_the_row_of_the_family(people: Home) -> None:
    mother = data_subject(people, MOTHER)

    assert mother.target_ids == (MOTHER_TARGET,)
    assert mother.family_targets == (FAMILY_TARGET,)
    assert data_subject(people, FAMILY_TARGET).person_id == MOTHER


@pytest.mark.parametrize("asked", ["3509275505230001", "P", "PQQQQQQQQQQQQQQQQ", "TQQQQQQQQQQQQQQQQ"])
def test_nobody_is_told_in_a_sentence(people: Home, asked: str) -> None:
    with pytest.raises(UnknownSubject):
        data_subject(people, asked)


def test_snapshots_that_held_a_person_are_named_with_what_they_showed(people: Home) -> None:
    found = who_saw(people, data_subject(people, CHILD))

    held = {(one.unit, one.view): one for one in found.held}
    assert set(held) == {
        ("dinkes", "targeting_bnba"),
        ("dinkes", "child_growth"),
        ("dinkes", "target_exit"),
        ("evaluasi", "targeting_pseudo"),
        ("evaluasi", "child_growth_pseudo"),
    }
    assert held["dinkes", "child_growth"].rows == 2
    assert "nik" in held["dinkes", "targeting_bnba"].shown["clear"]
    assert all("nik" not in groups for groups in held["evaluasi", "targeting_pseudo"].shown.values())
    assert found.unknown == ()


def test_a_view_that_drops_the_row_does_not_hold_the_person(people: Home) -> None:
    views = {one.view for one in who_saw(people, data_subject(people, MOTHER)).held if one.unit == "dinkes"}

    assert views == {"targeting_bnba", "mortality_event"}, "the family's row is none of the health officer's"


def test_lines_that_name_the_person_and_readings_that_do_not_say_whom(own_people: Home) -> None:
    unit = policy_in_force(own_people).unit("dinkes")
    version = next(one.version for one in entries(own_people) if one.action == "snapshot")
    record(
        own_people, "query", unit, view="targeting_bnba", version=version, rows=1, detail={"targets": [CHILD_TARGET]}
    )
    record(own_people, "query", unit, view="targeting_bnba", version=version, rows=9)
    record(own_people, "query", unit, view="targeting_bnba", version=version, rows=1, detail={"targets": ["T0"]})
    record(own_people, "explain", None, subject=CHILD)

    found = who_saw(own_people, data_subject(own_people, CHILD))

    assert [one.action for one in found.named] == ["query", "explain"]
    assert found.asked == {"dinkes": 2}


def test_weekly_lists_of_a_publication_that_held_the_person_are_told(own_people: Home) -> None:
    publication = next(one.version.partition("+")[0] for one in entries(own_people) if one.action == "snapshot")
    record(own_people, "report", None, view="week", version=publication)
    record(own_people, "report", None, view="month", version=publication)

    assert [one.view for one in who_saw(own_people, data_subject(own_people, TWIN)).reports] == ["week"]


def test_what_cannot_be_said_is_said(own_people: Home) -> None:
    for kept in own_people.policies.iterdir():
        kept.unlink()
    record(own_people, "snapshot", policy_in_force(own_people).unit("dinkes"), version="2020-01-01T000000Z-x+00000000")

    unknown = " ".join(who_saw(own_people, data_subject(own_people, CHILD)).unknown)

    assert "was not kept" in unknown
    assert "2020-01-01T000000Z-x is no longer kept" in unknown


def test_filters_choose_lines(own_people: Home) -> None:
    unit = policy_in_force(own_people).unit("dinkes")
    record(own_people, "query", unit, view="targeting_bnba")
    record(own_people, "export", unit, view="child_growth")
    log = list(entries(own_people))
    today = log[-1].moment.date()

    assert [one.action for one in chosen(log, recipient="dinkes", view="targeting_bnba")] == ["query"]
    assert [one.view for one in chosen(log, action="export", since=today, until=today)] == ["child_growth"]
    assert chosen(log, since=today + dt.timedelta(days=1)) == []
    assert [one.action for one in reads_of(own_people, "child_growth")] == ["export"]


def test_a_query_of_several_tables_is_found_by_each(own_people: Home) -> None:
    tables = ["child_growth", "targeting_bnba"]
    unit = policy_in_force(own_people).unit("dinkes")
    record(own_people, "query", unit, view=", ".join(tables), detail={"tables": tables})

    for table in tables:
        assert reads_of(own_people, table)[-1].detail["tables"] == tables
        assert chosen(entries(own_people), view=table)[-1].detail["tables"] == tables


def test_the_command_answers_and_is_logged_itself(own_people: Home) -> None:
    said = CliRunner().invoke(command, ["person", CHILD, "--home", str(own_people.path), "--json"])

    assert said.exit_code == 0, said.output
    told = json.loads(said.output)
    assert told["subject"] == CHILD
    assert {one["unit"] for one in told["could_have_seen"]} == {"dinkes", "evaluasi"}
    assert list(entries(own_people))[-1].action == "audit"
    for words in (["person", CHILD], ["show"], ["verify"], ["table", "targeting_bnba"]):
        said = CliRunner().invoke(command, [*words, "--home", str(own_people.path)])
        assert said.exit_code == 0, said.output
        assert said.output
        assert not any(nik in said.output for nik in (CHILD_NIK, TWIN_NIK, MOTHER_NIK))


def test_verify_fails_where_the_log_was_changed(own_people: Home) -> None:
    (segment,) = own_people.access_log.glob("*.jsonl")
    segment.write_bytes(segment.read_bytes().replace(b"dinkes", b"dinkez", 1))

    said = CliRunner().invoke(command, ["verify", "--home", str(own_people.path)])

    assert said.exit_code == 1
    assert "line 2" in said.output
    assert verify(own_people)
