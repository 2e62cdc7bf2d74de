"""A policy says exactly who sees what, or exactly where it is wrong."""

import copy
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from warehouse.entitlements import (
    SHIPPED,
    NotEntitled,
    Treatment,
    check_policy,
    load_policy,
    policy_in_force,
    published_tables,
)
from warehouse.entitlements.description import described, described_recipients
from warehouse.errors import DeclarationError
from warehouse.settings import Home

Said = dict[str, Any]


@pytest.fixture(scope="module")
def shipped() -> Said:
    said: Said = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    return said


def written(folder: Path, said: Said) -> Path:
    path = folder / "policy.yaml"
    path.write_text(yaml.safe_dump(said, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def test_the_shipped_policy_knows_every_published_column() -> None:
    policy = load_policy()

    check_policy(policy)
    known = {
        f"{one.name}.{c}" for one in policy.tables.values() for group in one.groups.values() for c in group.columns
    }
    assert known == {f"{one.name}.{c}" for one in published_tables().values() for c in one.column_names}


def test_no_number_in_clear_but_for_who_keeps_such_numbers() -> None:
    policy = load_policy()
    clear = {
        (recipient.name, column.name)
        for recipient in policy.recipients.values()
        for view in recipient.views
        for column in view.columns(Treatment.CLEAR)
        if column.name in ("nik", "no_kk", "mother_nik")
    }

    assert {name for name, _ in clear} == {"dinkes", "dispendukcapil", "dinsos", "dp3akb"}
    assert ("dp3akb", "nik") not in clear
    assert ("dinkes", "no_kk") not in clear


def test_the_four_views_of_the_contract_are_the_defaults() -> None:
    shown = {view.shown_as for one in load_policy().recipients.values() for view in one.views}

    assert {"targeting_bnba", "targeting_masked", "targeting_pseudo", "report_month"} <= shown


def test_nothing_of_health_or_poverty_reaches_who_does_not_need_it() -> None:
    policy, declared = load_policy(), published_tables()["targeting"]
    privacy = {column.name: column.privacy for column in declared.columns}
    order_of_work = {"tier", "score", "prev_tier", "tier_change"}

    def seen(view: str, *treatments: Treatment) -> dict[str, set[str]]:
        columns = {column.name for column in policy.views[view].columns(*treatments)}
        return {kind: {one for one in columns if privacy[one] == kind} for kind in ("health", "welfare")}

    clear, masked = Treatment.CLEAR, Treatment.MASKED
    for view in ("civil_officer", "social_officer", "sanitation_officer"):
        assert seen(view, clear)["health"] == order_of_work
        assert seen(view, masked)["health"] == {"gaps", "gaps_unknown"}  # and of these only its own task
    assert seen("civil_officer")["welfare"] == set()
    assert seen("task_force")["health"] & {"hb", "kek", "haz", "weight_kg", "risti_reasons"} == set()


def _second_group(said: Said) -> None:
    said["tables"]["targeting"]["groups"]["age"]["columns"].append("nik")


def _twice_in_a_group(said: Said) -> None:
    said["tables"]["targeting"]["groups"]["age"]["columns"] *= 2


def _unknown_column(said: Said) -> None:
    said["tables"]["targeting"]["groups"]["age"]["columns"].append("religion")


def _unknown_table(said: Said) -> None:
    said["tables"]["person"] = {"groups": {"all": {"columns": ["nik"]}}}


def _forgotten(said: Said) -> None:
    said["views"]["analyst"]["clear"].remove("desil")


def _twice_in_a_view(said: Said) -> None:
    said["views"]["analyst"]["dropped"].append("desil")


def _no_mask(said: Said) -> None:
    said["views"]["analyst"]["clear"].remove("desil")
    said["views"]["analyst"]["masked"].append("desil")


def _unknown_mask(said: Said) -> None:
    said["tables"]["targeting"]["groups"]["nik"]["masked"] = "blurred"


def _rows_of_sql(said: Said) -> None:
    said["views"]["analyst"]["rows"] = "tier = 'P1'; DROP TABLE targeting"


def _rows_of_no_column(said: Said) -> None:
    said["views"]["analyst"]["rows"] = "password = 'x'"


def _rows_no_answer(said: Said) -> None:
    said["views"]["analyst"]["rows"] = "desil"


def _rows_read_a_file(said: Said) -> None:
    said["views"]["analyst"]["rows"] = "tier in (read_text)"


def _codes_without_mask(said: Said) -> None:
    said["views"]["analyst"]["listed"] = ["G07_NIK"]


def _sql_in_a_name(said: Said) -> None:
    said["recipients"]['x"; DROP SCHEMA padan; --'] = said["recipients"].pop("bappeda")


def _folder_in_a_name(said: Said) -> None:
    said["recipients"]["../../etc"] = said["recipients"].pop("bappeda")


def _sql_in_shown_as(said: Said) -> None:
    said["views"]["analyst"]["shown_as"] = 'x" AS SELECT * FROM targeting --'


def _same_name_twice(said: Said) -> None:
    said["recipients"]["dinkes"]["reads"].append("task_force")


def _view_twice(said: Said) -> None:
    said["recipients"]["dinkes"]["reads"].append("exits")


def _unknown_view(said: Said) -> None:
    said["recipients"]["dinkes"]["reads"].append("everything")


def _no_day(said: Said) -> None:
    said["recipients"]["dinkes"]["valid_until"] = "forever"


def _no_key(said: Said) -> None:
    said["recipients"]["dinkes"]["encrypt_to"] = "age1notakey"


def _without_purpose(said: Said) -> None:
    del said["recipients"]["dinkes"]["purpose"]


def _place_is_a_query(said: Said) -> None:
    said["tables"]["targeting"]["kecamatan"] = "(select 1)"


WRONG: list[tuple[Callable[[Said], None], str]] = [
    (_second_group, r"tables, targeting, age: the column nik was found, which stands in nik already"),
    (_twice_in_a_group, r"age_months was found, which stands in age already; each column stands in one group, once"),
    (_unknown_column, r"tables, targeting, age, columns: religion was found; known are "),
    (_unknown_table, r"tables, person: 'person' was found; it must be one of targeting"),
    (_forgotten, r"views, analyst: desil is forgotten \(columns desil, extreme_poverty_local, "),
    (_twice_in_a_view, r"views, analyst, dropped: desil was found, which is clear already"),
    (_no_mask, r"views, analyst, masked: desil was found, for which tables, targeting names no mask"),
    (_unknown_mask, r"tables, targeting, nik, masked: 'blurred' was found; it must be one of number"),
    (_rows_of_sql, r"views, analyst, rows: "),
    (_rows_of_no_column, r"views, analyst, rows: password was found; known of targeting are "),
    (_rows_no_answer, r"rows: 'desil' was found; it gives INTEGER and must give BOOLEAN"),
    (_rows_read_a_file, r"views, analyst, rows: read_text was found"),
    (_codes_without_mask, r"views, analyst, listed: codes are listed where a group is masked by listed"),
    (_sql_in_a_name, r"a name has 2 to 31 small letters, digits and _, and begins with a letter"),
    (_folder_in_a_name, r"recipients, \.\./\.\./etc: '\.\./\.\./etc' was found; a name has "),
    (_sql_in_shown_as, r"views, analyst, shown_as: .* a name has "),
    (_same_name_twice, r"recipients, dinkes, reads: two views are shown as targeting_bnba"),
    (_view_twice, r"recipients, dinkes, reads: exits stands there twice"),
    (_unknown_view, r"recipients, dinkes, reads: 'everything' was found"),
    (_no_day, r"recipients, dinkes, valid_until: 'forever' was found; it must be a day"),
    (_no_key, r"recipients, dinkes, encrypt_to: no age public key was found"),
    (_without_purpose, r"recipients, dinkes: purpose is missing"),
    (_place_is_a_query, r"tables, targeting, kecamatan: "),
]


@pytest.mark.parametrize(("damage", "sentence"), WRONG, ids=[one.__name__[1:] for one, _ in WRONG])
def test_a_wrong_policy_is_refused_with_its_place(
    shipped: Said, tmp_path: Path, damage: Callable[[Said], None], sentence: str
) -> None:
    said = copy.deepcopy(shipped)
    damage(said)

    with pytest.raises(DeclarationError, match=sentence) as refused:
        load_policy(written(tmp_path, said))
    assert str(refused.value).startswith("The policy policy.yaml, ")


def test_a_column_that_the_policy_does_not_know_is_dropped_for_everyone(shipped: Said, tmp_path: Path) -> None:
    said = copy.deepcopy(shipped)
    said["tables"]["targeting"]["groups"]["age"]["columns"] = ["sex"]
    said["tables"]["targeting"]["groups"]["sex"]["columns"] = ["age_months"]
    said["tables"]["targeting"]["groups"]["maternal_risk"]["columns"].remove("hb")

    policy = load_policy(written(tmp_path, said))

    assert policy.ungranted == ("targeting.hb",)
    assert not any(column.name == "hb" for view in policy.views.values() for column in view.columns())
    with pytest.raises(DeclarationError, match=r"does not know the columns targeting\.hb"):
        check_policy(policy)


def test_a_home_has_a_policy_of_its_own(shipped: Said, tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert policy_in_force(home) == load_policy()

    said = copy.deepcopy(shipped)
    said["recipients"] = {"dinkes": said["recipients"]["dinkes"]}
    written(tmp_path, said)

    assert list(policy_in_force(home).recipients) == ["dinkes"]
    assert policy_in_force(home).label != load_policy().label


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("dinpora", "No recipient 'dinpora' stands in the access policy .* there are bappeda, "),
        ("'; DROP TABLE targeting; --", "No recipient "),
        ("../dinkes", "No recipient "),
        ("bappeda@35.09.01", "bappeda@35.09.01 is not granted: .* gives bappeda kabupaten only"),
        ("dinkes@..", "'..' is no code of a kecamatan"),
        ("dinkes@35.09.27.2006", "is no code of a kecamatan"),
        ("dinkes@", "'' is no code of a kecamatan"),
    ],
)
def test_who_has_no_grant_is_told_so(name: str, sentence: str) -> None:
    with pytest.raises(NotEntitled, match=sentence):
        load_policy().unit(name)


def test_a_grant_ends_with_its_last_day() -> None:
    dinkes = load_policy().recipient("dinkes")

    assert dinkes.is_valid(dinkes.valid_until)
    assert not dinkes.is_valid(dinkes.valid_until + dt.timedelta(days=1))


def test_the_policy_in_words_names_every_column_once_for_each_view() -> None:
    policy = load_policy()
    for recipient in policy.recipients.values():
        told = "\n".join(described(recipient, policy, dt.date(2026, 11, 1)))
        words = told.replace(",", " ").split()
        for view in recipient.views:
            assert f"{view.shown_as} (of {view.table.name})" in told
            assert {c.name for c in view.columns(*Treatment)} <= set(words)

    assert "EXPIRED" in "\n".join(described_recipients(policy, dt.date(2030, 1, 1)))
