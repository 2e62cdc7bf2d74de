-- What H2 tells of each woman, row by row and by pregnancy, up to the reference day.
CREATE OR REPLACE TEMP TABLE pregnancy_row AS
WITH
told AS (
    SELECT
        s.person_id,
        s.record_id,
        h.*,
        -- Where HPHT is unknown: the due date or the delivery less a whole pregnancy, else as far before registration
        -- as the two limits of belief lie apart.
        coalesce(
            h.last_period_on,
            h.due_on - $pregnancy_days,
            h.delivered_on - $pregnancy_days,
            h.registered_on - ($pregnancy_days_from_last_period - $pregnancy_days_from_registration)
        ) AS started_on,
        CASE WHEN h.delivered_on <= $period_end THEN h.delivered_on END AS ended_on,
        h.pregnancy_status IN ('BERSALIN', 'NIFAS', 'ABORTUS', 'MENINGGAL') OR ended_on IS NOT NULL AS is_over,
        -- An open row is believed only so long after the last period, or after the first visit where that is unknown.
        $period_end <= coalesce(
            h.last_period_on + $pregnancy_days_from_last_period,
            h.registered_on + $pregnancy_days_from_registration
        ) AS is_believed
    FROM persons.person_source AS s
    JOIN clean_records.dinkes_ibu_hamil AS h USING (source_file, source_row_no)
    WHERE s.dataset = 'dinkes_ibu_hamil' AND s.role = 'self'
),
-- Rows whose pregnancies begin about the same day tell of one pregnancy.
compared AS (
    SELECT
        *,
        coalesce(started_on - lag(started_on) OVER woman > $one_pregnancy_days, false) AS is_another,
        max(ended_on) OVER (PARTITION BY person_id) AS newest_delivery_on
    FROM told
    WINDOW woman AS (PARTITION BY person_id ORDER BY started_on, source_file, source_row_no)
),
numbered AS (
    SELECT
        *,
        count(*) FILTER (is_another) OVER (
            PARTITION BY person_id ORDER BY started_on, source_file, source_row_no
        ) AS pregnancy_no,
        -- Whoever saw the end of a pregnancy knows more than who did not, who still cares for the woman more than whom
        -- she left; then the newest row, then the last of its file.
        {
            'state': CASE WHEN is_over THEN 2 WHEN pregnancy_status = 'PINDAH' THEN 0 ELSE 1 END,
            'on': snapshot_date,
            'file': source_file,
            'row': source_row_no
        } AS recency
    FROM compared
)
SELECT
    *,
    -- A delivery ends every pregnancy that began before it, whichever puskesmas still holds it open.
    pregnancy_status = 'HAMIL' AND is_believed
        AND NOT coalesce(bool_or(is_over) OVER (PARTITION BY person_id, pregnancy_no), false)
        AND coalesce(newest_delivery_on < coalesce(last_period_on, registered_on), true) AS is_open
FROM numbered;

-- Women whom H2 or K1 speaks of: pregnant or post partum on the reference day (contracts §6.1 B).
CREATE OR REPLACE TEMP TABLE pregnancy AS
WITH
registered AS (
    SELECT
        person_id,
        any_true(is_open) AS pregnant,
        any_true(
            ended_on >= $period_end - $postpartum_days
            AND coalesce(pregnancy_status NOT IN ('PINDAH', 'MENINGGAL'), true)
        ) AS postpartum
    FROM pregnancy_row
    GROUP BY person_id
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
