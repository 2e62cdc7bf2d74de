-- Women whom H2 or K1 speaks of: pregnant or post partum on the reference day (contracts §6.1 B).
CREATE OR REPLACE TEMP TABLE pregnancy AS
WITH
-- An open row is believed only so long after the last period, or after the first visit where that is unknown.
registered AS (
    SELECT
        s.person_id,
        any_true(
            h.pregnancy_status = 'HAMIL'
            AND $period_end <= coalesce(
                h.last_period_on + $pregnancy_days_from_last_period,
                h.registered_on + $pregnancy_days_from_registration
            )
        ) AS pregnant,
        any_true(
            h.delivered_on BETWEEN $period_end - $postpartum_days AND $period_end
            AND coalesce(h.pregnancy_status NOT IN ('PINDAH', 'MENINGGAL'), true)
        ) AS postpartum
    FROM persons.person_source AS s
    JOIN clean_records.dinkes_ibu_hamil AS h USING (source_file, source_row_no)
    WHERE s.dataset = 'dinkes_ibu_hamil' AND s.role = 'self'
    GROUP BY s.person_id
),
-- K1 speaks of the wife; its newest row counts.
verified AS (
    SELECT s.person_id, k1_says(k.pregnant) AS pregnant
    FROM persons.person_source AS s
    JOIN clean_records.siga_krs AS k USING (source_file, source_row_no)
    WHERE s.dataset = 'siga_krs' AND s.role = 'wife'
    QUALIFY row_number() OVER (
        PARTITION BY s.person_id
        ORDER BY coalesce(k.verified_on, k.snapshot_date) DESC, source_file DESC, source_row_no DESC
    ) = 1
)
SELECT
    person_id,
    r.person_id IS NOT NULL AS in_h2,
    CASE WHEN r.person_id IS NOT NULL THEN r.pregnant ELSE v.pregnant END AS pregnant,
    r.postpartum
FROM registered AS r
FULL JOIN verified AS v USING (person_id);
