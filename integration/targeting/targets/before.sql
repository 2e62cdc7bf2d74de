-- The tier of each subject in the period before, by the ids that they have now: of subjects that merged since, the
-- most urgent.
CREATE OR REPLACE TEMP TABLE tier_before AS
WITH before AS (
    SELECT * FROM targeting.published_target
    WHERE period_kind = $period_kind AND period = (
        SELECT max(period) FROM targeting.published_target WHERE period_kind = $period_kind AND period < $period
    )
)
SELECT
    b.subject_type,
    coalesce(pa.person_id, fa.family_id, b.entity_id) AS entity_id,
    min(b.tier) AS tier,
    arg_min(b.target_id, b.tier || b.target_id) AS target_id,
    arg_min(b.kab_code, b.tier || b.target_id) AS kab_code,
    arg_min(b.village_code, b.tier || b.target_id) AS village_code,
    any_value(b.period) AS period
FROM before AS b
LEFT JOIN persons.person_alias AS pa ON pa.old_person_id = b.entity_id AND b.subject_type <> 'keluarga'
LEFT JOIN persons.family_alias AS fa ON fa.old_family_id = b.entity_id AND b.subject_type = 'keluarga'
GROUP BY ALL;
