-- Why targets left, of every period after the earlier one up to the later: the last word on each.
CREATE OR REPLACE TEMP TABLE last_exit AS
SELECT coalesce(a.target_id, e.target_id) AS target_id, arg_max(reason, period) AS reason
FROM $exits AS e
LEFT JOIN $aliases AS a ON a.old_target_id = e.target_id
GROUP BY ALL;

-- Each target of either, both values side by side.
CREATE OR REPLACE TEMP TABLE target_comparison AS
SELECT
    target_id,
    last_exit.reason,
    coalesce(later.subject_type, earlier.subject_type) AS subject_type,
    coalesce(later.kec_code, earlier.kec_code) AS kec_code,
    coalesce(later.kec_name, earlier.kec_name) AS kec_name,
    CASE WHEN earlier.tier IS NOT NULL AND later.tier IS NOT NULL THEN list_filter([
        $each_changed
    ], lambda one: one IS NOT NULL) ELSE [] END AS changed,
    CASE WHEN earlier.tier IS NULL THEN 'new' WHEN later.tier IS NULL THEN 'left'
        WHEN len(changed) > 0 THEN 'changed' ELSE 'same' END AS change,
    $both_values
FROM earlier_targeting AS earlier
FULL JOIN later_targeting AS later USING (target_id)
LEFT JOIN last_exit USING (target_id);
