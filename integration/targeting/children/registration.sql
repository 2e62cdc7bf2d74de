-- Whether the civil register holds a birth certificate for each child under five that it knows.
CREATE OR REPLACE TEMP TABLE child_registration AS
SELECT
    s.person_id,
    CASE WHEN bool_or(c.kab_code IN (FROM kabupaten_with_certificates)) THEN bool_or(c.birth_certificate_no IS NOT NULL) END
        AS has_birth_certificate
FROM persons.person_source AS s
JOIN clean_records.dukcapil_penduduk AS c USING (source_file, source_row_no)
WHERE s.dataset = 'dukcapil_penduduk' AND s.person_id IN (SELECT person_id FROM subject WHERE subject_type = 'balita')
GROUP BY s.person_id;
