-- Every indicator of every region, as it is: what the health agency sees. Nobody there, or nobody of whom it is known,
-- makes a value unknown, not 0; so do too few months for which deaths were reported: a rate of them would be too low.
CREATE OR REPLACE TEMP TABLE report_cell AS
WITH
-- Deaths are known as far as the months of the window were reported; so is nobody's death where none was.
reported AS (
    SELECT i.code, r.kab_code, count(DISTINCT r.period) FILTER (in_window(r.period, i.time_window)) AS months
    FROM indicator AS i
    CROSS JOIN counted_reports AS r
    WHERE i.time_window IS NOT NULL
    GROUP BY i.code, r.kab_code
),
known AS (
    SELECT
        r.region_level,
        r.code AS region_code,
        r.name AS region_name,
        r.parent_code,
        i.*,
        coalesce(n.counted, 0) AS counted,
        CASE WHEN i.is_rate THEN coalesce(b.live_births, 0) WHEN i.time_window IS NULL THEN coalesce(n.known, 0) END
            AS denominator,
        CASE WHEN i.time_window IS NULL THEN coalesce(n.known, 0) ELSE coalesce(m.months, 0) END AS known,
        CASE i.time_window
            WHEN 'month' THEN 1
            WHEN 'year' THEN right($month, 2)::INTEGER
            WHEN '12_months' THEN 12
            ELSE coalesce(n.concerned, 0)
        END AS concerned
    FROM counted_region AS r
    CROSS JOIN indicator AS i
    LEFT JOIN indicator_count AS n ON n.code = i.code AND n.region_code = r.code
    LEFT JOIN birth_count AS b ON b.time_window = i.time_window AND b.region_code = r.code
    LEFT JOIN reported AS m ON m.code = i.code AND m.kab_code = r.kab_code
)
SELECT
    $period AS period,
    region_level,
    region_code,
    region_name,
    parent_code,
    concerned,
    code AS indicator_code,
    name AS indicator,
    CASE WHEN NOT has_source OR (time_window IS NOT NULL AND known = 0) THEN NULL ELSE counted END AS numerator,
    CASE WHEN has_source THEN denominator END AS denominator,
    unit,
    CASE WHEN has_source THEN known / nullif(concerned, 0) END AS coverage,
    CASE
        WHEN time_window IS NOT NULL AND coverage < $low_coverage THEN NULL
        WHEN unit = 'count' THEN numerator
        ELSE factor * numerator / nullif(denominator, 0)
    END AS value,
    CASE
        WHEN NOT has_source THEN 'tanpa_sumber'
        WHEN concerned = 0 THEN 'tanpa_sasaran'
        WHEN known = 0 THEN 'tidak_diketahui'
        WHEN coverage < $low_coverage THEN 'cakupan_rendah'
        ELSE 'cukup'
    END AS data_quality,
    note AS source_note
FROM known;
