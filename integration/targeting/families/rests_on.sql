-- What every family rests on, and every person without one, as one number: who belongs to it and what survives of them,
-- each row that speaks of whom of them, or of the household, and how it was linked, ids that merged into theirs. A row is
-- known by its file and number: a file of other rows has another source_file_id.
CREATE OR REPLACE TEMP TABLE rests_on_now AS
WITH
file AS (SELECT DISTINCT source_file, hash(source_file_id) AS file FROM clean_records.person_record),
of_person AS (
    SELECT
        s.person_id,
        sum(
            hash(f.file, s.source_row_no, s.role, s.match_method, s.match_probability, s.match_band)::HUGEINT
        ) AS number
    FROM persons.person_source AS s
    JOIN file AS f USING (source_file)
    GROUP BY s.person_id
),
household_row AS (
    SELECT dataset, household_ref, source_file_id, source_row_no
    FROM clean_records.person_record
    WHERE role = 'head'
    UNION ALL
    SELECT dataset, household_ref, source_file_id, source_row_no
    FROM clean_records.family_record
    WHERE dataset IN ('dukcapil_penduduk', 'dtsen_anggota')
),
said AS (
    SELECT coalesce(p.family_id, p.person_id) AS unit, hash(p, s.number) AS number
    FROM persons.person AS p
    LEFT JOIN of_person AS s USING (person_id)
    UNION ALL
    SELECT family_id, hash(f) FROM persons.family AS f
    UNION ALL
    SELECT f.family_id, hash(r.source_file_id, r.source_row_no)
    FROM persons.family_source AS f
    JOIN household_row AS r USING (dataset, household_ref)
    UNION ALL
    SELECT coalesce(p.family_id, p.person_id), hash(a)
    FROM persons.person_alias AS a
    JOIN persons.person AS p USING (person_id)
    UNION ALL
    SELECT family_id, hash(old_family_id) FROM persons.family_alias
)
SELECT unit, sum(number)::HUGEINT AS number FROM said GROUP BY unit;
