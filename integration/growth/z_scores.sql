-- WHO z-scores of every row of $source, by the algorithm of WHO's own package (anthro for R, 1.1).
-- sex 'L' is a boy and 'P' a girl; position 'L' is lying and 'H' standing.

-- A measurement's distance from the median, on the scale that makes the distribution normal.
CREATE OR REPLACE TEMP MACRO who_z(y, l, m, s) AS (pow(y / m, l) - 1) / (s * l);

-- The measurement that stands z standard deviations from the median.
CREATE OR REPLACE TEMP MACRO who_measurement_at(z, l, m, s) AS m * pow(1 + l * s * z, 1 / l);

-- Weight and arm are skewed and the children behind the standard were well: beyond ±3 the distance from 2 to 3 SD is
-- the yardstick.
CREATE OR REPLACE TEMP MACRO who_adjusted_z(z, y, l, m, s) AS
    CASE
        WHEN z BETWEEN -3 AND 3 THEN z
        WHEN z > 3 THEN
            3 + (y - who_measurement_at(3, l, m, s))
            / (who_measurement_at(3, l, m, s) - who_measurement_at(2, l, m, s))
        WHEN z < -3 THEN
            -3 + (y - who_measurement_at(-3, l, m, s))
            / (who_measurement_at(-2, l, m, s) - who_measurement_at(-3, l, m, s))
    END;

-- What round(z, 2) does, at half its cost.
CREATE OR REPLACE TEMP MACRO two_decimals(z) AS round(100 * z) / 100;

CREATE OR REPLACE $table $target AS
WITH
-- Below 9 months a child does not stand: `H` is a slip. What is not known is taken as right for the age.
positioned AS (
    SELECT
        *,
        CASE
            WHEN position = 'H' AND age_days / 30.4375 < 9 THEN 'L'
            WHEN position IN ('L', 'H') THEN position
            WHEN age_days < 731 THEN 'L'
            WHEN age_days >= 731 THEN 'H'
        END AS position_used
    FROM (SELECT *$absent FROM $source)
),
-- Lying, a child is 0.7 cm longer than standing; the standard is of length below 731 days and of height from there.
-- Rounding to a hundredth of a micrometre takes out what binary fractions add, so that 109.3 + 0.7 is in the table.
corrected AS (
    SELECT
        *,
        -- Water weighs: of a child with oedema the weight says nothing.
        CASE WHEN weight_kg > 0 AND isfinite(weight_kg) AND oedema IS NOT TRUE THEN weight_kg END AS usable_weight,
        CASE WHEN muac_cm > 0 AND isfinite(muac_cm) THEN muac_cm END AS usable_muac,
        CASE WHEN height_cm > 0 AND isfinite(height_cm) THEN
            round(
                height_cm + CASE
                    WHEN position_used = 'H' AND age_days < 731 THEN 0.7
                    WHEN position_used = 'L' AND age_days >= 731 THEN -0.7
                    ELSE 0
                END,
                6
            )
        END AS corrected_height_cm
    FROM positioned
),
-- Between two millimetres L, M and S lie on a straight line. The age table ends at the last day before 60 months,
-- and no age means no score.
standard AS (
    SELECT
        corrected.*,
        corrected_height_cm * 10 - floor(corrected_height_cm * 10) AS part,
        age.height_l, age.height_m, age.height_s,
        age.weight_l, age.weight_m, age.weight_s,
        age.bmi_l, age.bmi_m, age.bmi_s,
        age.arm_l, age.arm_m, age.arm_s,
        height.l + part * height.l_step AS l,
        height.m + part * height.m_step AS m,
        height.s + part * height.s_step AS s
    FROM corrected
    LEFT JOIN who_for_age AS age ON age.sex = corrected.sex AND age.age_days = corrected.age_days
    LEFT JOIN who_weight_for_height AS height
        ON height.sex = age.sex
        AND height.position = CASE WHEN age.age_days < 731 THEN 'L' ELSE 'H' END
        AND height.millimetres = CASE WHEN corrected_height_cm < 1000 THEN floor(corrected_height_cm * 10)::INTEGER END
        AND corrected_height_cm <= height.longest
),
unrestricted AS (
    SELECT
        *,
        usable_weight / (corrected_height_cm / 100 * corrected_height_cm / 100) AS bmi,
        who_z(corrected_height_cm, height_l, height_m, height_s) AS height_z,
        who_z(usable_weight, weight_l, weight_m, weight_s) AS weight_z,
        who_z(usable_weight, l, m, s) AS weight_for_height_z,
        who_z(bmi, bmi_l, bmi_m, bmi_s) AS bmi_z,
        who_z(usable_muac, arm_l, arm_m, arm_s) AS arm_z
    FROM standard
),
rounded AS (
    SELECT
        * EXCLUDE (
            usable_weight, usable_muac, bmi, height_l, height_m, height_s, weight_l, weight_m, weight_s,
            bmi_l, bmi_m, bmi_s, arm_l, arm_m, arm_s, l, m, s, part,
            height_z, weight_z, weight_for_height_z, bmi_z, arm_z
        ),
        position_used IS DISTINCT FROM position AND position_used IS NOT NULL AS position_assumed,
        two_decimals(height_z) AS haz,
        two_decimals(who_adjusted_z(weight_z, usable_weight, weight_l, weight_m, weight_s)) AS waz,
        two_decimals(who_adjusted_z(weight_for_height_z, usable_weight, l, m, s)) AS whz,
        two_decimals(who_adjusted_z(bmi_z, bmi, bmi_l, bmi_m, bmi_s)) AS bmiz,
        two_decimals(who_adjusted_z(arm_z, usable_muac, arm_l, arm_m, arm_s)) AS muacz
    FROM unrestricted
)
SELECT *, $z_flag AS z_flag FROM rounded;
