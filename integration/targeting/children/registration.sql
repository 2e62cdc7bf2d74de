-- Whether the civil register holds a birth certificate for each child under five that it knows; where no row of a
-- kabupaten has a number, the column was not delivered and says nothing.
CREATE OR REPLACE TEMP TABLE child_registration AS
WITH
listed AS (
    SELECT
        s.person_id,
        c.birth_certificate_no,
        count(c.birth_certificate_no) OVER (PARTITION BY c.kab_code) > 0 AS delivered
    FROM clean_records.dukcapil_penduduk AS c
    JOIN persons.person_source AS s USING (source_file, source_row_no)
    WHERE s.dataset = 'dukcapil_penduduk'
)
SELECT
    person_id,
    CASE WHEN bool_or(delivered) THEN bool_or(birth_certificate_no IS NOT NULL) END AS has_birth_certificate
FROM listed
WHERE person_id IN (SELECT person_id FROM subject WHERE subject_type = 'balita')
GROUP BY person_id;
