-- Each target under both rules, side by side; what is null was no target.
CREATE OR REPLACE TEMP TABLE target_change AS
SELECT
    target_id,
    coalesce(after.subject_type, before.subject_type) AS subject_type,
    CASE WHEN before.target_id IS NULL THEN 'enters' WHEN after.target_id IS NULL THEN 'leaves' ELSE 'stays' END AS change,
    coalesce(after.family_id, before.family_id) AS family_id,
    before.tier AS old_tier,
    after.tier AS new_tier,
    before.tier_reasons AS old_reasons,
    after.tier_reasons AS new_reasons,
    before.score AS old_score,
    after.score AS new_score,
    before.krs AS old_krs,
    after.krs AS new_krs,
    before.gaps AS old_gaps,
    after.gaps AS new_gaps
FROM before_change AS before
FULL JOIN targeting.targeting AS after USING (target_id);
