-- The targets with a gap that is one agency's task, its gaps only; of a family only its most urgent target, with all its
-- people, where the agency works by family.
CREATE OR REPLACE TEMP TABLE task AS
WITH
open_task AS (
    SELECT
        * REPLACE (list_filter($own_gaps::VARCHAR[], lambda code: list_contains(gaps, code)) AS gaps),
        CASE WHEN $by_family THEN coalesce(family_id, target_id) ELSE target_id END AS work_id
    FROM $now
    WHERE list_has_any(gaps, $own_gaps::VARCHAR[])
),
work AS (
    SELECT
        work_id,
        list_distinct(flatten(list(gaps))) AS all_gaps,
        string_agg(DISTINCT name || coalesce(' (' || subject_type || ')', ''), ', ')
            FILTER (subject_type IS DISTINCT FROM 'keluarga' AND name IS DISTINCT FROM head_name) AS people
    FROM open_task
    GROUP BY work_id
),
first_target AS (
    SELECT * FROM open_task
    QUALIFY row_number() OVER (PARTITION BY work_id ORDER BY tier, score DESC NULLS LAST, target_id) = 1
)
SELECT
    t.* REPLACE (list_filter($own_gaps::VARCHAR[], lambda code: list_contains(w.all_gaps, code)) AS gaps),
    w.people,
    '' AS change
FROM first_target AS t
JOIN work AS w USING (work_id);
