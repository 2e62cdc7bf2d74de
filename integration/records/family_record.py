"""Every mention of a family becomes one `clean_records.family_record`: rows of S1, S3 and K1, cards of C1 and S2."""

from integration.records.basis import basis_of, say_basis
from integration.records.person_record import PERSON_RECORD, TOUCHED
from warehouse.database import Connection, count, table_exists, transaction
from warehouse.progress import Say, silent
from warehouse.tables import table

FAMILY_RECORD = table("clean_records.family_record")
_NEWEST_ROW = {
    # dataset: what makes one row of a family newer than another in the same snapshot (contracts S1, K1)
    "dukcapil_penduduk": None,
    "dtsen_anggota": None,
    "dtsen_keluarga": "cut_off",
    "p3ke_keluarga": None,
    "siga_krs": "verified_on",
}


def build_family_records(connection: Connection, say: Say = silent, made_from: str | None = None) -> int:
    """Have `clean_records.family_record` hold the families of `person_record`; give their number.

    Where a dataset has several rows of one family, the newest counts, the last row of those alike; all of them stay in
    `person_record`.

    `made_from` names all that a family hangs on besides `person_record`: the code. Where the table was made from the
    same, families that no record was added to or taken from are kept; else, and without it, all are made anew. The
    families are the same either way. Killed meanwhile, the table is as it was.
    """
    records = basis_of(connection, PERSON_RECORD.full_name)
    basis = f"{made_from} {records}" if made_from and records else None
    stands = (
        basis is not None
        and basis_of(connection, FAMILY_RECORD.full_name) == basis
        and table_exists(connection, *TOUCHED.split("."))
    )
    if stands and not count(connection, f"SELECT count(*) FROM {TOUCHED}"):
        return count(connection, f"SELECT count(*) FROM {FAMILY_RECORD.full_name}")
    say("families: collecting households of every dataset")
    with transaction(connection):
        if stands:
            connection.execute(
                f"DELETE FROM {FAMILY_RECORD.full_name} AS f USING {TOUCHED} AS t "
                "WHERE f.dataset = t.dataset AND f.household_ref = t.household_ref"
            )
        else:
            connection.execute(FAMILY_RECORD.ddl())
        for dataset in _NEWEST_ROW:
            families = _families(dataset, only_touched=stands)
            connection.execute(f"INSERT INTO {FAMILY_RECORD.full_name} {FAMILY_RECORD.select(families)}")
        connection.execute(f"CREATE OR REPLACE TABLE {TOUCHED} (dataset VARCHAR, household_ref VARCHAR)")
        say_basis(connection, FAMILY_RECORD.full_name, basis)
    return count(connection, f"SELECT count(*) FROM {FAMILY_RECORD.full_name}")


def _families(dataset: str, *, only_touched: bool) -> str:
    day = _NEWEST_ROW[dataset]
    newer, rows_of = "", f"{PERSON_RECORD.full_name} AS p"
    if day:
        newer = f"t.{day} DESC NULLS LAST,"
        rows_of += f" JOIN clean_records.{dataset} AS t USING (source_file_id, source_row_no)"
    return f"""(
        WITH ranked AS (
            SELECT p.*, row_number() OVER (
                PARTITION BY p.household_ref, p.role
                ORDER BY p.relationship = '1' DESC NULLS LAST, p.snapshot_date DESC, {newer}
                    p.source_file DESC, p.source_row_no DESC
            ) AS rank
            FROM {rows_of}
            {f"SEMI JOIN {TOUCHED} AS touched USING (dataset, household_ref)" if only_touched else ""}
            WHERE p.dataset = '{dataset}'
        )
        SELECT
            dataset,
            household_ref,
            max(no_kk) FILTER (kk_status IN ('valid', 'valid_foreign')) AS no_kk,
            arg_min(source_file_id, place) AS source_file_id,
            arg_min(source_file, place) AS source_file,
            arg_min(source_row_no, place) AS source_row_no,
            max(snapshot_date) AS snapshot_date,
            max(name) FILTER (relationship = '1' AND rank = 1) AS head_name,
            max(name) FILTER (role = 'wife' AND rank = 1) AS wife_name,
            count(*) FILTER (role <> 'wife') AS members,
            arg_min(kec_code, place) AS kec_code,
            arg_min(village_code, place) AS village_code
        FROM (SELECT *, 2 * rank + (role = 'wife')::INT AS place FROM ranked)
        GROUP BY dataset, household_ref
    )"""
