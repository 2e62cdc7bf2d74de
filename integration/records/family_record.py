"""Every mention of a family becomes one `clean_records.family_record`: rows of S1, S3 and K1, cards of C1 and S2."""

from warehouse.database import Connection, count
from warehouse.progress import Say, silent
from warehouse.tables import table

FAMILY_RECORD = table("clean_records.family_record")
_NEWEST_ROW = {
    # dataset: what makes one row of a family newer than another in the same snapshot (contracts S1, K1)
    "dtsen_keluarga": "t.cut_off",
    "p3ke_keluarga": "NULL::DATE",
    "siga_krs": "t.verified_on",
}


def build_family_records(connection: Connection, say: Say = silent) -> int:
    """Create `clean_records.family_record` from `person_record`; give the number of families.

    Where a dataset has several rows of one family, the newest counts, the last row of those alike; all of them stay in
    `person_record`.
    """
    say("families: collecting households of every dataset")
    newest = " UNION ALL ".join(
        f"SELECT '{dataset}' AS dataset, t.source_file_id, t.source_row_no, {day} AS newer_by "
        f"FROM clean_records.{dataset} AS t"
        for dataset, day in _NEWEST_ROW.items()
    )
    connection.execute(FAMILY_RECORD.ddl())
    families = f"""(
        WITH newest AS ({newest}),
        ranked AS (
            SELECT p.*, row_number() OVER (
                PARTITION BY dataset, household_ref, role
                ORDER BY relationship = '1' DESC NULLS LAST, snapshot_date DESC, newer_by DESC NULLS LAST,
                    source_file DESC, source_row_no DESC
            ) AS rank
            FROM clean_records.person_record AS p LEFT JOIN newest USING (dataset, source_file_id, source_row_no)
            WHERE dataset IN ('dukcapil_penduduk', 'dtsen_anggota', 'dtsen_keluarga', 'p3ke_keluarga', 'siga_krs')
        )
        SELECT
            dataset,
            household_ref,
            max(no_kk) FILTER (kk_status IN ('valid', 'valid_foreign')) AS no_kk,
            arg_max(source_file_id, first_place) AS source_file_id,
            arg_max(source_file, first_place) AS source_file,
            arg_max(source_row_no, first_place) AS source_row_no,
            max(snapshot_date) AS snapshot_date,
            max(name) FILTER (relationship = '1' AND rank = 1) AS head_name,
            max(name) FILTER (role = 'wife' AND rank = 1) AS wife_name,
            count(*) FILTER (role <> 'wife') AS members,
            arg_max(kec_code, first_place) AS kec_code,
            arg_max(village_code, first_place) AS village_code
        FROM (SELECT *, (rank = 1)::INT * 2 + (role <> 'wife')::INT AS first_place FROM ranked)
        GROUP BY dataset, household_ref
    )"""
    connection.execute(f"INSERT INTO {FAMILY_RECORD.full_name} {FAMILY_RECORD.select(families)}")
    return count(connection, f"SELECT count(*) FROM {FAMILY_RECORD.full_name}")
