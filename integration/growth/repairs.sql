-- Every row of $source with the readings that are believed, from $readings, which has their z-scores.
CREATE OR REPLACE TEMP TABLE $target AS
WITH
-- A reading is believed when the child would be of plausible size by it.
believed AS (
    FROM $readings
    WHERE len(z_flag) = 0
        AND (weight_kg IS NULL OR waz IS NOT NULL)
        AND (height_cm IS NULL OR haz IS NOT NULL)
        AND (muac_cm IS NULL OR muacz IS NOT NULL)
),
-- Where two readings of the same cell are plausible, nobody knows which was meant: nothing is repaired.
meant AS (
    SELECT
        measurement_no,
        any_value(weight_kg) AS weight_meant,
        any_value(height_cm) AS height_meant,
        any_value(muac_cm) AS muac_meant,
        list(code ORDER BY code) AS repairs
    FROM believed
    GROUP BY measurement_no
    HAVING count(weight_kg) <= 1 AND count(height_cm) <= 1 AND count(muac_cm) <= 1
)
SELECT
    m.* EXCLUDE (weight_kg_outside, height_cm_outside, muac_cm_outside) REPLACE (
        coalesce(weight_meant, weight_kg) AS weight_kg,
        coalesce(height_meant, height_cm) AS height_cm,
        coalesce(muac_meant, muac_cm) AS muac_cm
    ),
    coalesce(weight_kg, weight_kg_outside) AS weight_source,
    coalesce(height_cm, height_cm_outside) AS height_source,
    coalesce(muac_cm, muac_cm_outside) AS muac_source,
    coalesce(repairs, []) AS repairs
FROM $source AS m
LEFT JOIN meant USING (measurement_no);
