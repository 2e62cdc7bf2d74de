-- How well each kabupaten, kecamatan and puskesmas measured in the month; shares are null where there is nothing to share.
CREATE OR REPLACE TEMP TABLE measurement_quality_row AS
WITH
-- Rows of earlier months only say which children an area knows.
judged AS (
    SELECT
        g.*,
        h.position AS position_source,
        coalesce(g.kec_code, '-') AS kec,
        date_trunc('month', g.measured_on) = date_trunc('month', $period_end) AS of_month,
        of_month AND g.height_cm > 0 AS has_height,
        row_number() OVER (
            PARTITION BY g.person_id, g.measured_on ORDER BY h.source_file DESC, g.source_row_no DESC
        ) > 1 AS repeats
    FROM targeting.child_growth AS g
    JOIN clean_records.dinkes_balita AS h USING (source_file_id, source_row_no)
)
SELECT
    $period AS period,
    CASE
        WHEN grouping(kec) = 0 THEN 'kecamatan'
        WHEN grouping(puskesmas) = 0 THEN 'puskesmas'
        ELSE 'kabupaten'
    END AS level,
    kab_code,
    coalesce(kec, puskesmas, kab_code) AS area,
    count(DISTINCT person_id) AS children_listed,
    count(DISTINCT person_id) FILTER (of_month) AS children_weighed,
    count(DISTINCT person_id) FILTER (has_height) AS children_measured,
    count(*) FILTER (of_month) AS rows,
    count(*) FILTER (of_month AND repeats) AS repeated_rows,
    avg((round(height_cm * 10) % 5 = 0)::INT) FILTER (has_height) AS height_0_5_share,
    avg((round(weight_kg * 10) % 5 = 0)::INT) FILTER (of_month) AS weight_0_5_share,
    avg((len(z_flag) > 0)::INT) FILTER (of_month AND coalesce(haz, waz, muacz) IS NOT NULL) AS implausible_share,
    -- Rounded: the last digits hang on the order in which threads add up.
    round(stddev_samp(haz) FILTER (of_month AND NOT list_contains(z_flag, 'haz')), 6) AS haz_sd,
    avg((position_source IS NULL)::INT) FILTER (has_height) AS position_missing_share,
    avg(position_assumed::INT) FILTER (has_height) AS position_assumed_share,
    avg((len(repairs) > 0)::INT) FILTER (of_month) AS repaired_share,
    avg((stunting_class <> stunting_source)::INT) FILTER (of_month AND NOT list_contains(z_flag, 'haz'))
        AS class_disagrees_share,
    count(*) FILTER (of_month AND list_contains(implausible_change, 'TINGGI_TURUN')) AS shrinking_heights,
    count(DISTINCT {'child': person_id, 'day': measured_on})
        FILTER (of_month AND list_contains(implausible_change, 'DUA_TINGGI')) AS days_with_two_heights
FROM judged
GROUP BY GROUPING SETS ((kab_code), (kab_code, kec), (kab_code, puskesmas));
