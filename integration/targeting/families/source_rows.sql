-- The row of each dataset that speaks for a family, and how surely it is this family's: the strongest link of a person
-- the row names to a member. A row that only shares the card number is to be looked at. The cards (of C1 and S2) are
-- sources of the family itself, not of each member.
CREATE OR REPLACE TEMP TABLE family_source_row AS
WITH
used AS (
    SELECT family_id, 'dtsen_keluarga' AS dataset, source_file, source_row_no, as_of,
        rows_of_family > 1 AS repeated, false AS is_card
    FROM family_s1
    UNION ALL
    SELECT family_id, 'p3ke_keluarga', source_file, source_row_no, as_of, rows_of_family > 1, false
    FROM family_s3
    UNION ALL
    SELECT family_id, 'siga_krs', source_file, source_row_no, as_of, rows_of_family > 1, false
    FROM family_k1
    UNION ALL
    SELECT fs.family_id, r.dataset, r.source_file, r.source_row_no, r.snapshot_date, false, true
    FROM (FROM persons.family_source SEMI JOIN subject USING (family_id)) AS fs
    JOIN clean_records.family_record AS r USING (dataset, household_ref)
    WHERE r.dataset IN ('dukcapil_penduduk', 'dtsen_anggota')
    QUALIFY row_number() OVER (
        PARTITION BY fs.family_id, r.dataset ORDER BY r.snapshot_date DESC, r.source_file DESC, r.source_row_no DESC
    ) = 1
),
named AS (
    SELECT
        u.*,
        r.role,
        r.record_id,
        CASE WHEN p.family_id = u.family_id THEN
            {'method': s.match_method, 'probability': s.match_probability, 'band': s.match_band}
        END AS link
    FROM used AS u
    JOIN clean_records.person_record AS r USING (dataset, source_file, source_row_no)
    LEFT JOIN persons.person_source AS s USING (record_id)
    LEFT JOIN persons.person AS p USING (person_id)
    WHERE u.family_id IN (SELECT family_id FROM subject)
)
SELECT
    family_id,
    dataset,
    as_of,
    repeated,
    is_card,
    arg_min(record_id, role) AS record_id,
    coalesce(
        arg_max(link, link_strength(link)) FILTER (link IS NOT NULL),
        {'method': 'kk_name', 'probability': NULL::DOUBLE, 'band': 'review'}
    ) AS link
FROM named
GROUP BY family_id, dataset, as_of, repeated, is_card;
