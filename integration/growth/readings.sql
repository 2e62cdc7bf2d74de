-- What the impossible measurements of $source may have been meant as: one row for each way to read one.
CREATE OR REPLACE TEMP TABLE measurement_reading AS
WITH
impossible AS (
    FROM $source
    WHERE weight_kg_outside IS NOT NULL OR height_cm_outside IS NOT NULL OR muac_cm_outside IS NOT NULL
),
in_other_units AS (
    SELECT
        m.*,
        u.code,
        CASE u.measurement WHEN 'weight_kg' THEN weight_kg_outside * u.factor END AS weight_meant,
        CASE u.measurement WHEN 'height_cm' THEN height_cm_outside * u.factor END AS height_meant,
        CASE u.measurement WHEN 'muac_cm' THEN muac_cm_outside * u.factor END AS muac_meant
    FROM impossible AS m
    CROSS JOIN read_csv('$unit_repairs', header = true) AS u
),
exchanged AS (
    SELECT
        *,
        'TERTUKAR' AS code,
        coalesce(height_cm, height_cm_outside) AS weight_meant,
        coalesce(weight_kg, weight_kg_outside) AS height_meant,
        NULL AS muac_meant
    FROM impossible
    WHERE weight_meant IS NOT NULL AND height_meant IS NOT NULL
)
-- Nobody measures finer than a gram and a tenth of a millimetre: rounding takes out what binary fractions add.
SELECT
    measurement_no, sex, age_days, position, code,
    round(weight_meant, 3) AS weight_kg,
    round(height_meant, 2) AS height_cm,
    round(muac_meant, 2) AS muac_cm
FROM (FROM in_other_units UNION ALL BY NAME FROM exchanged)
WHERE coalesce(weight_meant, height_meant, muac_meant) IS NOT NULL;
