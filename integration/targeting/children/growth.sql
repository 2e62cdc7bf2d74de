-- Every measurement of every balita, scored already, beside the one before it.
CREATE OR REPLACE TEMP TABLE child_growth_row AS
WITH
measured AS (
    SELECT
        *,
        $stunting_class AS stunting_class,
        $wasting_class AS wasting_class,
        $underweight_class AS underweight_class,
        -- Lying, a child is 0.7 cm longer: only lengths compare.
        height_cm + CASE WHEN position_used = 'H' THEN 0.7 ELSE 0 END AS length_cm
    FROM child_measured
    WHERE coalesce(weight_source, height_source, muac_source) IS NOT NULL
),
by_day AS (
    SELECT
        person_id,
        measured_on,
        arg_max(weight_kg, recency) FILTER (weight_kg > 0 AND NOT list_contains(z_flag, 'waz')) AS weight_kg,
        arg_max(length_cm, recency) FILTER (length_cm > 0 AND NOT list_contains(z_flag, 'haz')) AS length_cm,
        max(height_cm) - min(height_cm) >= $shrinking_length_cm AS two_heights
    FROM measured
    GROUP BY person_id, measured_on
),
-- The newest plausible value of an earlier day.
day_before AS (
    SELECT
        person_id,
        measured_on,
        two_heights,
        lag(weight_kg IGNORE NULLS) OVER earlier AS weight_before,
        lag(length_cm IGNORE NULLS) OVER earlier AS length_before
    FROM by_day
    WINDOW earlier AS (PARTITION BY person_id ORDER BY measured_on)
)
SELECT
    $period AS period,
    m.* REPLACE (coalesce(m.position, m.position_used) AS position),
    round(m.weight_kg - weight_before, 3) AS weight_change_kg,
    round(m.length_cm - length_before, 2) AS length_change_cm,
    list_filter([
        CASE WHEN length_change_cm <= -$shrinking_length_cm THEN 'TINGGI_TURUN' END,
        CASE WHEN two_heights AND m.height_cm IS NOT NULL THEN 'DUA_TINGGI' END
    ], lambda one: one IS NOT NULL) AS implausible_change,
    coalesce(
        row_number() OVER (PARTITION BY m.person_id, m.height_cm > 0 ORDER BY m.recency DESC) = 1 AND m.height_cm > 0,
        false
    ) AS counts
FROM measured AS m
JOIN day_before USING (person_id, measured_on);

-- The measurement that counts: the newest with a usable height.
CREATE OR REPLACE TEMP TABLE child_measurement AS
FROM child_growth_row WHERE counts;
