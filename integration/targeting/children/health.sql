-- The health columns of every balita that H1 knows (contracts §6.1 B); their measurements are scored already.
CREATE OR REPLACE TEMP TABLE child_health AS
WITH
-- The newest value that is known, whichever row says it.
newest AS (
    SELECT
        person_id,
        arg_max(birth_weight_kg, recency) FILTER (birth_weight_kg IS NOT NULL) AS birth_weight_kg,
        arg_max(vit_a_count, recency) FILTER (vit_a_count IS NOT NULL) AS vit_a_count,
        arg_max(kia_book, recency) FILTER (kia_book IS NOT NULL) AS kia_book,
        arg_max(kpsp, recency) FILTER (kpsp IS NOT NULL) AS kpsp,
        arg_max(muac_cm, recency) FILTER (muac_cm IS NOT NULL) AS muac_cm,
        sum(pmt_kg) FILTER (date_trunc('month', measured_on) = date_trunc('month', $period_end)) AS pmt_kg_in_period,
        max(measured_on) AS weighed_on
    FROM child_measured
    GROUP BY person_id
),
monthly AS (
    SELECT
        person_id,
        date_trunc('month', measured_on)::DATE AS month,
        arg_max(weight_gain, recency) FILTER (weight_gain IS NOT NULL) AS weight_gain
    FROM child_measured
    GROUP BY ALL
),
-- 2T: no gain in the newest month of weighing nor in the month before it. A month without a row is unknown, and so
-- is everything once the newest weighing is too old to speak of today.
gained AS (
    SELECT
        n.person_id,
        this_month.weight_gain = 'T' AND month_before.weight_gain = 'T' AS weight_faltering
    FROM newest AS n
    JOIN monthly AS this_month
        ON this_month.person_id = n.person_id AND this_month.month = date_trunc('month', n.weighed_on)
    LEFT JOIN monthly AS month_before
        ON month_before.person_id = n.person_id
        AND month_before.month = date_trunc('month', n.weighed_on) - INTERVAL 1 MONTH
    WHERE $period_end - n.weighed_on <= $measurement_days
)
SELECT
    n.person_id,
    g.measured_on,
    g.age_days AS measurement_age_days,
    g.weight_kg,
    g.height_cm,
    g.position,
    g.position_assumed,
    g.measured_on_ambiguous,
    -- A slip of the pen gives a z-score of any size; what the column cannot hold is null, and flagged.
    try_cast(g.haz AS DECIMAL(4, 2)) AS haz,
    try_cast(g.waz AS DECIMAL(4, 2)) AS waz,
    try_cast(g.whz AS DECIMAL(4, 2)) AS whz,
    try_cast(g.bmiz AS DECIMAL(4, 2)) AS bmiz,
    try_cast(g.muacz AS DECIMAL(4, 2)) AS muacz,
    g.haz_source,
    -- Of the indices that the targeting table shows (contracts §6.1 B).
    list_filter(g.z_flag, lambda z: z IN ('haz', 'waz', 'whz')) AS z_flag,
    g.repairs AS repaired,
    g.implausible_change,
    $period_end - g.measured_on AS days_since_measured,
    days_since_measured <= $measurement_days AS measured_lately,
    g.stunting_class,
    g.wasting_class,
    g.underweight_class,
    g.stunting_source,
    n.birth_weight_kg < $low_birth_weight_kg AS low_birth_weight,
    n.vit_a_count,
    n.kia_book,
    n.kpsp,
    n.muac_cm AS child_muac_cm,
    n.pmt_kg_in_period,
    gained.weight_faltering,
    g.source_file_id,
    g.source_row_no
FROM newest AS n
LEFT JOIN child_measurement AS g USING (person_id)
LEFT JOIN gained USING (person_id);
