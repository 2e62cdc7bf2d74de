-- What the living members of a family say of it: target groups and the four "too" (4T), unknown where a member's
-- age or place in the family is.
CREATE OR REPLACE TEMP TABLE family_member AS
SELECT
    p.family_id,
    p.birth_date,
    p.age_months,
    p.age_years,
    -- A head or a parent without a birth date is no small child.
    CASE WHEN p.birth_date IS NULL AND p.relationship IN ('1', '2', '3', '5', '7', '8') THEN false
        ELSE p.age_months < $baduta_months END AS is_baduta,
    CASE WHEN p.birth_date IS NULL AND p.relationship IN ('1', '2', '3', '5', '7', '8') THEN false
        ELSE p.age_months >= $baduta_months AND p.age_months < $balita_months END AS is_balita,
    p.sex = 'P' AND (p.relationship = '3' OR (p.relationship = '1' AND p.marital_status = '2')) AS is_wife,
    -- Whom the register does not place, but who is born of the wife, is a child of the family.
    CASE WHEN p.relationship IS NOT NULL THEN p.relationship = '4'
        WHEN mother.relationship IN ('1', '3') AND mother.family_id = p.family_id THEN true END AS is_child,
    CASE
        WHEN p.sex = 'L' THEN false
        WHEN pregnancy.pregnant THEN true
        WHEN p.age_years NOT BETWEEN $youngest_mother_years AND $oldest_mother_years THEN false
        ELSE pregnancy.pregnant
    END AS is_pregnant,
    coalesce(pregnancy.in_h2, false) AS in_h2
FROM living_person AS p
LEFT JOIN living_person AS mother ON mother.person_id = p.mother_person_id
LEFT JOIN pregnancy ON pregnancy.person_id = p.person_id
WHERE p.family_id IS NOT NULL;

CREATE OR REPLACE TEMP TABLE family_members AS
SELECT
    family_id,
    any_true(is_baduta) AS has_baduta,
    any_true(is_balita) AS has_balita,
    any_true(is_wife AND age_years BETWEEN $pus_from_years AND $pus_to_years) AS has_pus,
    any_true(is_pregnant) AS has_pregnant,
    bool_or(in_h2) AS in_h2,
    any_true(is_wife AND age_years < $too_young_below_years) AS too_young,
    any_true(is_wife AND age_years BETWEEN $too_old_from_years AND $too_old_to_years) AS too_old,
    any_true(is_child AND is_baduta) AS has_own_baduta,
    CASE
        WHEN count(*) FILTER (is_child) >= $too_many_children THEN true
        WHEN count(*) FILTER (is_child OR is_child IS NULL) < $too_many_children THEN false
    END AS too_many,
    max(birth_date) FILTER (is_child) AS youngest,
    min(age_months) FILTER (is_child) AS youngest_months,
    -- Another child, or a birth date, that is missing could lie between.
    bool_and(is_child IS NOT NULL AND NOT (is_child AND birth_date IS NULL)) AS births_known
FROM family_member
GROUP BY family_id;

-- Between the two youngest births; twins are one birth.
CREATE OR REPLACE TEMP TABLE family_birth_interval AS
WITH birth_before AS (
    SELECT f.family_id, max(m.birth_date) AS birth_date
    FROM family_members AS f
    JOIN family_member AS m
        ON m.family_id = f.family_id AND m.is_child AND m.birth_date < f.youngest - $one_birth_days
    WHERE f.youngest_months < $too_close_while_youngest_below_months
    GROUP BY f.family_id
)
SELECT
    f.family_id,
    CASE WHEN f.births_known THEN
        coalesce(date_sub('month', b.birth_date, f.youngest) < $too_close_months, false)
    END AS births_too_close
FROM family_members AS f
LEFT JOIN birth_before AS b USING (family_id);
