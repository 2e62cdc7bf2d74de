-- What is known of every family with a living member, flagged or not: what indicators of households count.
CREATE OR REPLACE TEMP TABLE family_status_row AS
SELECT
    $period AS period,
    left(coalesce(f.village_code, f.kec_code), 5) AS kab_code,
    f.kec_code,
    f.village_code,
    c.*
FROM family_flags AS c
JOIN persons.family AS f USING (family_id);
