-- Who has a row: every balita, every woman pregnant or newly delivered, every family with a flag.
CREATE OR REPLACE TEMP TABLE subject AS
SELECT row_number() OVER () AS subject_no, *
FROM (
    SELECT
        'balita' AS subject_type, person_id AS entity_id, person_id, family_id, birth_date, age_months,
        NULL::BOOLEAN AS pregnant
    FROM living_person
    WHERE age_months < $balita_months
    UNION ALL
    SELECT 'ibu', p.person_id, p.person_id, p.family_id, p.birth_date, p.age_months, w.pregnant
    FROM living_person AS p
    JOIN pregnancy AS w USING (person_id)
    WHERE (w.pregnant OR w.postpartum) AND p.sex IS DISTINCT FROM 'L'
    UNION ALL
    SELECT 'keluarga', family_id, NULL, family_id, NULL, NULL, NULL
    FROM family_flags
    WHERE krs OR extreme_poverty OR open_defecation IN ('babs_terbuka', 'babs_tertutup')
);
