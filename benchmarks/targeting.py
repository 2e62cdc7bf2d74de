"""How right the targeting table is, against the truth of a set of extracts.

    .venv/bin/python benchmarks/targeting.py HOME TRUTH

HOME: `./padan run` on the set; TRUTH: its folder with rows, persons and families.parquet. Of the children that were
measured in the last 92 days: how many with a true height-for-age below -2.3 are listed as stunted, as the right
person, and how many above -1.7 are listed so by mistake. Of the families of which S1 or K1 tells: F1 of `krs` (core).
"""

import argparse
from pathlib import Path

import duckdb

# The true person of each person, and the true family of each family: what most of the rows say.
_WHO = """
CREATE TEMP TABLE placed AS
SELECT s.person_id, p.family_id, t.pid, t.fam, s.dataset, t.role
FROM home.persons.person_source AS s
JOIN home.persons.person AS p USING (person_id)
JOIN truth_row AS t
    ON t.dataset = s.dataset AND t.file = parse_filename(s.source_file) AND t.row = s.source_row_no AND t.role = s.role;

CREATE TEMP TABLE true_person AS
SELECT person_id, mode(pid) AS pid FROM placed GROUP BY person_id;

CREATE TEMP TABLE true_family AS
SELECT family_id, mode(fam) AS fam FROM placed WHERE family_id IS NOT NULL GROUP BY family_id;
"""

_MEASURED = """
CREATE TEMP TABLE measured AS
SELECT DISTINCT t.pid, p.haz_true
FROM truth_row AS t
JOIN truth_persons AS p USING (pid)
JOIN home.clean_records.dinkes_balita AS h
    ON t.dataset = 'dinkes_balita' AND t.file = parse_filename(h.source_file) AND t.row = h.source_row_no
WHERE h.height_cm > 0 AND h.measured_on BETWEEN DATE '{end}' - 92 AND DATE '{end}'
    AND date_diff('day', p.dob::DATE, DATE '{end}') < 1826
"""

_STUNTED = """
SELECT count(*), count(*) FILTER (pid IN (
    SELECT pid FROM home.targeting.targeting JOIN true_person USING (person_id)
    WHERE subject_type = 'balita' AND is_stunted))
FROM measured WHERE haz_true {bound}
"""

_RISK = """
SELECT
    count(*) FILTER (truth.krs AND found.krs) AS both,
    count(*) FILTER (truth.krs) AS at_risk,
    count(*) FILTER (found.krs) AS called,
    count(*) AS families
FROM truth_families AS truth
LEFT JOIN (
    SELECT fam, bool_or(krs) AS krs FROM home.targeting.family_status JOIN true_family USING (family_id) GROUP BY fam
) AS found USING (fam)
WHERE truth.fam IN (SELECT fam FROM truth_row WHERE dataset IN ('dtsen_keluarga', 'siga_krs'))
"""


def main() -> None:
    """Print the three figures."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("home", type=Path)
    arguments.add_argument("truth", type=Path)
    given = arguments.parse_args()
    con = duckdb.connect()
    con.execute(f"ATTACH '{given.home / 'warehouse.duckdb'}' AS home (READ_ONLY)")
    for name in ("rows", "persons", "families"):
        con.execute(f"CREATE TEMP VIEW truth_{name} AS FROM read_parquet('{given.truth / name}.parquet')")
    con.execute(
        "CREATE TEMP TABLE truth_row AS SELECT * REPLACE (parse_filename(file) AS file) FROM truth_rows"
    )  # the truth names a file with its month, which the name says too
    con.execute(_WHO)
    ((end,),) = con.execute("SELECT max(period_end) FROM home.targeting.targeting").fetchall()
    con.execute(_MEASURED.format(end=end))
    for bound, word in (("< -2.3", "stunted"), ("> -1.7", "not stunted")):
        ((children, listed),) = con.execute(_STUNTED.format(bound=bound)).fetchall()
        print(
            f"truly {word} (HAZ {bound}), measured: {children}; listed as stunted: {listed} ({listed / children:.4f})"
        )
    ((both, at_risk, called, families),) = con.execute(_RISK).fetchall()
    precision, recall = both / called, both / at_risk
    print(f"families of S1 or K1: {families}; at risk {at_risk}; precision {precision:.4f} recall {recall:.4f} "
          f"F1 {2 * precision * recall / (precision + recall):.4f}")  # fmt: skip


if __name__ == "__main__":
    main()
