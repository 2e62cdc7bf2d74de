-- Every row of H1 about a balita, up to the reference day.
CREATE OR REPLACE TEMP TABLE child_row AS
SELECT
    row_number() OVER () AS measurement_no,
    s.person_id,
    p.sex,
    h.kab_code,
    h.kec_code,
    coalesce(upper(h.puskesmas), '-') AS puskesmas,
    h.source_file_id,
    h.source_file,
    h.source_row_no,
    h.measured_on,
    h.measured_on - p.birth_date AS age_days,
    h.measured_on_ambiguous,
    h.weight_kg,
    h.weight_kg_outside,
    h.height_cm,
    h.height_cm_outside,
    h.muac_cm,
    h.muac_cm_outside,
    h.position,
    h.haz_source,
    h.stunting_source,
    h.birth_weight_kg,
    h.weight_gain,
    h.pmt_kg,
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
