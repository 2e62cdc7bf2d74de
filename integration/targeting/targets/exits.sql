-- Who was a target in the period before and is none now, and why.
CREATE OR REPLACE TEMP TABLE target_exit_row AS
WITH
-- A family has died out or moved away when nobody of it is left.
gone_family AS (
    SELECT family_id, bool_or(moved_out_on <= $period_end) AS moved
    FROM persons.person
    WHERE family_id IS NOT NULL
    GROUP BY family_id
    HAVING count(*) FILTER (person_id IN (SELECT person_id FROM living_person)) = 0
)
SELECT
    $period AS period,
    b.target_id,
    b.subject_type,
    b.kab_code,
    b.village_code,
    b.period AS last_period,
    b.tier AS last_tier,
    CASE
        WHEN p.died_on <= $period_end THEN 'died'
        WHEN p.moved_out_on <= $period_end THEN 'moved'
        WHEN b.subject_type = 'balita' AND date_sub('month', p.birth_date, $period_end) >= $balita_months THEN 'aged_out'
        WHEN b.subject_type = 'ibu' AND w.person_id IS NOT NULL THEN 'delivered'
        WHEN g.moved THEN 'moved'
        WHEN g.family_id IS NOT NULL THEN 'died'
        WHEN f.family_id IS NOT NULL THEN 'recovered'
        ELSE 'unmatched'
    END AS reason
FROM tier_before AS b
ANTI JOIN targeting.targeting AS t
    ON t.subject_type = b.subject_type AND coalesce(t.person_id, t.family_id) = b.entity_id
LEFT JOIN persons.person AS p ON p.person_id = b.entity_id AND b.subject_type <> 'keluarga'
LEFT JOIN pregnancy AS w ON w.person_id = p.person_id
LEFT JOIN persons.family AS f ON f.family_id = b.entity_id AND b.subject_type = 'keluarga'
LEFT JOIN gone_family AS g ON g.family_id = f.family_id;
