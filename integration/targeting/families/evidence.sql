-- Which row of S1, S3 and K1 speaks for a family: the newest, then the last of its file. A row's own date counts
-- where it has one; one after the snapshot is a slip.
CREATE OR REPLACE TEMP TABLE family_row AS
SELECT fs.family_id, r.dataset, r.source_file, r.source_row_no
FROM persons.family_source AS fs
JOIN clean_records.person_record AS r USING (dataset, household_ref)
WHERE r.role = 'head' AND r.dataset IN ('dtsen_keluarga', 'p3ke_keluarga', 'siga_krs');

CREATE OR REPLACE TEMP TABLE family_s1 AS
SELECT
    f.family_id,
    t.source_file_id, t.source_file, t.source_row_no, t.snapshot_date, t.desil_nasional, t.extreme_poverty_local,
    t.water_source, t.latrine_facility, t.closet, t.sewage, t.programmes,
    least(coalesce(t.cut_off, t.snapshot_date), t.snapshot_date) AS as_of,
    count(*) OVER (PARTITION BY f.family_id) AS rows_of_family
FROM family_row AS f
JOIN clean_records.dtsen_keluarga AS t USING (source_file, source_row_no)
WHERE f.dataset = 'dtsen_keluarga'
QUALIFY row_number() OVER (PARTITION BY f.family_id ORDER BY as_of DESC, t.source_file DESC, t.source_row_no DESC) = 1;

CREATE OR REPLACE TEMP TABLE family_s3 AS
SELECT
    f.family_id,
    t.source_file_id, t.source_file, t.source_row_no, t.snapshot_date, t.desil_kesejahteraan, t.water_text,
    t.latrine_text,
    t.snapshot_date AS as_of,
    count(*) OVER (PARTITION BY f.family_id) AS rows_of_family
FROM family_row AS f
JOIN clean_records.p3ke_keluarga AS t USING (source_file, source_row_no)
WHERE f.dataset = 'p3ke_keluarga'
QUALIFY row_number() OVER (PARTITION BY f.family_id ORDER BY as_of DESC, t.source_file DESC, t.source_row_no DESC) = 1;

CREATE OR REPLACE TEMP TABLE family_k1 AS
SELECT
    f.family_id,
    t.source_file_id, t.source_file, t.source_row_no, t.snapshot_date, t.has_baduta, t.has_balita, t.has_pus, t.pregnant,
    t.water_inadequate, t.latrine_inadequate, t.too_young, t.too_old, t.too_close, t.too_many, t.not_modern_fp,
    t.krs_category, t.assistance,
    least(coalesce(t.verified_on, t.snapshot_date), t.snapshot_date) AS as_of,
    count(*) OVER (PARTITION BY f.family_id) AS rows_of_family
FROM family_row AS f
JOIN clean_records.siga_krs AS t USING (source_file, source_row_no)
WHERE f.dataset = 'siga_krs'
QUALIFY row_number() OVER (PARTITION BY f.family_id ORDER BY as_of DESC, t.source_file DESC, t.source_row_no DESC) = 1;
