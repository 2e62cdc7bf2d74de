"""What the rules file decides, on made-up facts: the SQL that it means, without the tables before it."""

import itertools

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integration.rules import load_rules

RULES = load_rules()
TRUTH = (True, False, None)
UNKNOWN: dict[str, object] = {
    "subject_type": "balita", "age_months": 30, "known_stunting": None, "known_wasting": None, "is_stunted": None,
    "low_birth_weight": None, "weight_faltering": None, "pregnant": None, "krs": None, "extreme_poverty": None,
    "has_baduta": None, "has_balita": None, "has_pregnant": None, "open_defecation": None, "kek": None, "anemia": None,
    "high_risk_pregnancy": None, "no_contact_lately": None, "jkn": None,
}  # fmt: skip
NOTHING = UNKNOWN | {
    "known_stunting": "normal", "known_wasting": "gizi_baik", "is_stunted": False, "low_birth_weight": False,
    "weight_faltering": False, "pregnant": False, "krs": False, "extreme_poverty": False, "has_baduta": False,
    "has_balita": False, "has_pregnant": False, "open_defecation": "tidak_babs", "kek": False, "anemia": False,
    "high_risk_pregnancy": False, "no_contact_lately": False, "jkn": True,
}  # fmt: skip
TYPES = {"age_months": "INTEGER", "subject_type": "VARCHAR", "known_stunting": "VARCHAR", "known_wasting": "VARCHAR",
         "open_defecation": "VARCHAR"}  # fmt: skip


def judge(*facts):
    """Tier and reasons of each row of facts."""
    names = RULES.sql_names()
    con = duckdb.connect()
    columns = ", ".join(f"{name} {TYPES.get(name, 'BOOLEAN')}" for name in UNKNOWN)
    con.execute(f"CREATE TABLE facts (number INTEGER, {columns})")
    con.executemany(
        f"INSERT INTO facts VALUES (?, {', '.join('?' * len(UNKNOWN))})",
        [[number, *(fact[name] for name in UNKNOWN)] for number, fact in enumerate(facts)],
    )
    return con.execute(
        f"""SELECT {names["tier"]} AS tier, {names["tier_if_unknown_held"]} < tier, {names["tier_reasons"]}
        FROM (
          SELECT *, {names["clauses"]}
          FROM (SELECT *, {names["mortality_risk_high"]} AS mortality_risk_high FROM facts))
        ORDER BY number"""
    ).fetchall()


@pytest.mark.parametrize(
    ("facts", "tier", "first_reason"),
    [
        ({}, "P5", None),
        ({"known_stunting": "sangat_pendek", "is_stunted": True}, "P1", "SANGAT_PENDEK"),
        ({"known_wasting": "gizi_buruk"}, "P1", "GIZI_BURUK"),
        ({"age_months": 11, "low_birth_weight": True}, "P1", "RISIKO_AKB"),
        ({"age_months": 12, "low_birth_weight": True}, "P5", None),
        ({"known_stunting": "pendek", "is_stunted": True, "extreme_poverty": True}, "P1", "STUNTING_MISKIN"),
        ({"known_stunting": "pendek", "is_stunted": True}, "P2", "PENDEK"),
        ({"known_wasting": "gizi_kurang"}, "P2", "GIZI_KURANG"),
        ({"weight_faltering": True}, "P2", "2T"),
        ({"age_months": 23, "krs": True, "extreme_poverty": True}, "P2", "BADUTA_KRS_MISKIN"),
        ({"age_months": 24, "krs": True, "extreme_poverty": True}, "P4", "KRS"),
        ({"subject_type": "ibu", "pregnant": True, "krs": True, "extreme_poverty": True}, "P2", "HAMIL_KRS_MISKIN"),
        ({"subject_type": "ibu", "kek": True}, "P2", "KEK"),
        ({"subject_type": "ibu", "anemia": True}, "P2", "ANEMIA"),
        ({"subject_type": "ibu", "high_risk_pregnancy": True}, "P2", "RISTI"),
        ({"subject_type": "ibu", "high_risk_pregnancy": True, "no_contact_lately": True}, "P1", "RISIKO_AKI"),
        ({"subject_type": "ibu", "high_risk_pregnancy": True, "jkn": False}, "P1", "RISIKO_AKI"),
        ({"subject_type": "ibu", "no_contact_lately": True, "jkn": False}, "P5", None),
        # What is said of mothers does not count for children.
        ({"kek": True, "high_risk_pregnancy": True, "jkn": False}, "P5", None),
        ({"subject_type": "ibu", "pregnant": False, "krs": True, "extreme_poverty": True}, "P4", "KRS"),
        ({"krs": True, "has_baduta": True}, "P3", "KRS_BADUTA_HAMIL"),
        ({"krs": True, "has_pregnant": True}, "P3", "KRS_BADUTA_HAMIL"),
        ({"extreme_poverty": True, "has_balita": True}, "P3", "MISKIN_BALITA"),
        ({"extreme_poverty": True, "has_baduta": True}, "P3", "MISKIN_BALITA"),
        ({"krs": True}, "P4", "KRS"),
        ({"extreme_poverty": True}, "P4", "MISKIN"),
        ({"open_defecation": "babs_tertutup"}, "P4", "BABS"),
        ({"open_defecation": "babs_terbuka"}, "P4", "BABS"),
        ({"subject_type": "keluarga", "krs": True, "age_months": None}, "P4", "KRS"),
    ],
)
def test_clause_alone_gives_its_tier(facts, tier, first_reason):
    [(found, could_be_more_urgent, reasons)] = judge(NOTHING | facts)
    assert found == tier
    assert (reasons[0] if reasons else None) == first_reason
    assert could_be_more_urgent is False


@pytest.mark.parametrize(
    ("unknown", "known", "could_be_more_urgent"),
    [
        ("known_stunting", {}, True),
        ("known_wasting", {}, True),
        ("weight_faltering", {}, True),
        ("low_birth_weight", {"age_months": 5}, True),
        ("low_birth_weight", {"age_months": 30}, False),
        ("extreme_poverty", {"known_stunting": "pendek", "is_stunted": True}, True),
        ("extreme_poverty", {"known_stunting": "sangat_pendek", "is_stunted": True}, False),
        ("krs", {}, True),
        ("krs", {"known_wasting": "gizi_kurang"}, False),
        ("has_baduta", {"krs": True}, True),
        ("has_baduta", {}, False),
        ("jkn", {"subject_type": "ibu", "high_risk_pregnancy": True}, True),
        ("jkn", {"subject_type": "ibu"}, False),
        ("kek", {"subject_type": "ibu"}, True),
        ("open_defecation", {}, True),
        ("open_defecation", {"krs": True, "has_baduta": True}, False),
        # A column that is null because of the subject does not count.
        ("known_stunting", {"subject_type": "ibu"}, False),
        ("pregnant", {"subject_type": "balita", "krs": True, "extreme_poverty": True}, False),
    ],
)
def test_unknown_that_could_raise_the_tier_is_said(unknown, known, could_be_more_urgent):
    [(_, said, _)] = judge(NOTHING | known | {unknown: None})
    assert said is could_be_more_urgent


def test_nothing_known_is_monitored_with_a_warning():
    assert judge(UNKNOWN) == [("P5", True, [])]


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_tier_is_the_least_urgent_that_the_unknown_allows(data):
    choices = {
        "known_stunting": ["sangat_pendek", "pendek", "normal"], "known_wasting": ["gizi_buruk", "gizi_baik"],
        "low_birth_weight": [True, False], "weight_faltering": [True, False], "krs": [True, False],
        "extreme_poverty": [True, False], "has_baduta": [True, False], "has_balita": [True, False],
    }  # fmt: skip
    fact = NOTHING | {name: data.draw(st.sampled_from(values)) for name, values in choices.items()}
    fact["is_stunted"] = fact["known_stunting"] != "normal"
    fact["age_months"] = data.draw(st.sampled_from([5, 18, 40]))
    lost = data.draw(st.sets(st.sampled_from(sorted(choices))))
    forgotten = fact | dict.fromkeys(lost) | ({"is_stunted": None} if "known_stunting" in lost else {})
    (tier, _, _), (tier_without, said, _) = judge(fact, forgotten)
    assert tier_without >= tier
    assert said or tier_without == tier


def kleene_or(*statements):
    return True if True in statements else None if None in statements else False


def test_krs_follows_kleene_in_every_combination():
    targets = ("has_baduta", "has_balita", "has_pus", "has_pregnant")
    risks = ("water_adequate", "latrine_adequate", "pus_4t", "not_modern_fp")
    con = duckdb.connect()
    con.execute("CREATE TABLE truth AS SELECT unnest([true, false, NULL]) AS it")
    columns = ", ".join(f"{name}.it AS {name}" for name in (*targets, *risks))
    found = con.execute(
        f"""SELECT {", ".join((*targets, *risks))}, {RULES.krs_target} AND {RULES.krs_risk}
        FROM (SELECT {columns} FROM {", ".join(f"truth AS {name}" for name in (*targets, *risks))})"""
    ).fetchall()
    assert len(found) == 3**8
    for *values, krs in found:
        target = kleene_or(*values[:4])
        water, latrine, four_too, _ = values[4:]
        risk = kleene_or(None if water is None else not water, None if latrine is None else not latrine, four_too)
        wanted = False if False in (target, risk) else None if None in (target, risk) else True
        assert krs is wanted, values


def test_knowing_more_never_takes_a_known_krs_back():
    con = duckdb.connect()
    names = ("has_baduta", "has_pus", "water_adequate", "latrine_adequate", "pus_4t")
    condition = f"{RULES.krs_target} AND {RULES.krs_risk}"
    krs = {}
    for values in itertools.product(TRUTH, repeat=len(names)):
        columns = ", ".join(f"$${value}$$::BOOLEAN AS {n}" if value is not None else f"NULL::BOOLEAN AS {n}"
                            for n, value in zip(names, values, strict=True))  # fmt: skip
        rest = "false AS has_balita, false AS has_pregnant"
        [(krs[values],)] = con.execute(f"SELECT {condition} FROM (SELECT {columns}, {rest})").fetchall()
    for values, result in krs.items():
        for place, value in enumerate(values):
            if value is None and result is not None:
                for known in (True, False):
                    assert krs[(*values[:place], known, *values[place + 1 :])] is result
