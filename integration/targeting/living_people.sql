-- Everybody who was born, is alive and has not moved away when the reference day ends, with their age in completed
-- months and years: birth date + age <= reference day, so that who is born on the 31st ages on the 30th of April.
CREATE OR REPLACE TEMP TABLE living_person AS
SELECT
    person_id,
    family_id,
    sex,
    birth_date,
    relationship,
    marital_status,
    mother_person_id,
    date_sub('month', birth_date, $period_end) AS age_months,
    date_sub('year', birth_date, $period_end) AS age_years
FROM persons.person
WHERE coalesce(died_on > $period_end, true)
    AND coalesce(moved_out_on > $period_end, true)
    AND coalesce(birth_date <= $period_end, true);
