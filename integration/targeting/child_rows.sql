-- Every row of H1 about a balita, up to the reference day.
CREATE OR REPLACE TEMP TABLE child_row AS
SELECT
    s.person_id,
    p.sex,
    p.birth_date,
    h.source_file_id,
    h.source_file,
    h.source_row_no,
    h.measured_on,
    h.measured_on_ambiguous,
    h.weight_kg,
    h.height_cm,
    h.position,
    h.haz_source,
    h.stunting_source,
    h.birth_weight_kg,
    h.weight_gain,
    h.vit_a_count,
    h.kia_book,
    h.kpsp,
    -- Of two rows of one day the last of the file counts.
    {'on': h.measured_on, 'file': h.source_file, 'row': h.source_row_no} AS recency
FROM persons.person_source AS s
JOIN living_person AS p USING (person_id)
JOIN clean_records.dinkes_balita AS h USING (source_file, source_row_no)
WHERE s.dataset = 'dinkes_balita'
    AND s.role = 'self'
    AND p.age_months < $balita_months
    AND h.measured_on <= $period_end;

-- The measurement that counts: the newest with a usable height.
CREATE OR REPLACE TEMP TABLE child_measurement AS
SELECT
    person_id,
    sex,
    measured_on,
    measured_on - birth_date AS age_days,
    weight_kg,
    height_cm,
    position,
    haz_source,
    stunting_source,
    measured_on_ambiguous,
    source_file_id,
    source_row_no
FROM child_row
WHERE height_cm > 0
QUALIFY row_number() OVER (PARTITION BY person_id ORDER BY recency DESC) = 1;
