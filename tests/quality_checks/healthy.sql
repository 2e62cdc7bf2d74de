-- One family as five deliveries tell of it, and what Padan makes of it: no rule finds anything.
-- The NIKs, KK and names are invented; tests plant them here and look for them where they must not be.
INSERT INTO agency_extracts.delivery BY NAME
SELECT dataset || '-1' AS delivery_id, agency, dataset, '35.09' AS kab_code, '2025-02' AS period,
  DATE '2025-02-28' AS snapshot_date, 'in_force' AS status, true AS manifest,
  TIMESTAMP '2025-03-01 02:00:00' AS received_at, 'run-1' AS run_id
FROM (VALUES
  ('dinkes_balita', 'health'), ('dukcapil_penduduk', 'civil_registration'), ('dtsen_keluarga', 'social_welfare'),
  ('dtsen_anggota', 'social_welfare'), ('siga_krs', 'family_planning')) AS one (dataset, agency);

INSERT INTO agency_extracts.source_file BY NAME
SELECT dataset || '-file' AS source_file_id, delivery_id, dataset || '.csv' AS source_file, 'ab12' AS sha256,
  1000 AS bytes, 102 AS physical_rows, 99 AS read_rows, 1 AS refused_rows, 0 AS skipped_title, 1 AS skipped_header,
  1 AS skipped_blank, 0 AS skipped_footer, 100 AS manifest_rows, [] AS notes
FROM agency_extracts.delivery;

INSERT INTO agency_extracts.quarantine BY NAME
SELECT source_file_id, source_file, split_part(source_file, '.', 1) AS dataset, 50 AS source_row_no,
  'name_missing' AS reason_code, '3509276505230001;CANARIA' AS raw
FROM agency_extracts.source_file;

INSERT INTO agency_extracts.delivery_measure BY NAME
SELECT delivery_id, dataset, 'region_resolved' AS rule, 1.0 AS measured, 'ok' AS verdict FROM agency_extracts.delivery;

CREATE TABLE clean_records.dukcapil_penduduk AS SELECT unnest([2, 3, 4]) AS source_row_no;
CREATE TABLE clean_records.dinkes_balita AS SELECT 2 AS source_row_no;
CREATE TABLE clean_records.dtsen_keluarga AS SELECT 2 AS source_row_no;
CREATE TABLE clean_records.dtsen_anggota AS SELECT 2 AS source_row_no;
CREATE TABLE clean_records.siga_krs AS SELECT 2 AS source_row_no, 'BUNGA CANARIA' AS wife_name;
CREATE TABLE clean_records.dukcapil_mutasi (source_row_no INT);
CREATE TABLE clean_records.dinkes_ibu_hamil (source_row_no INT);
CREATE TABLE clean_records.dinkes_kematian (source_row_no INT);
CREATE TABLE clean_records.p3ke_keluarga (source_row_no INT);

INSERT INTO clean_records.person_record BY NAME
SELECT record_id, 100 + record_id AS content_id, dataset, dataset || '-file' AS source_file_id, dataset || '.csv' AS source_file, source_row_no, role,
  '35.09' AS kab_code, DATE '2025-02-28' AS snapshot_date, DATE '2025-02-11' AS recorded_on,
  nik, 'valid' AS nik_status, birth_date AS nik_birth_date, '3509271506170003' AS no_kk, 'valid' AS kk_status,
  name AS name_written, name AS name_canonical, birth_date, '3509271506170003' AS household_ref,
  '35.09.27' AS kec_code, '35.09.27.2006' AS village_code
FROM (VALUES
  (1, 'dukcapil_penduduk', 2, 'self', '3509271203900004', 'AYAH CANARIA', DATE '1990-03-12'),
  (2, 'dukcapil_penduduk', 3, 'self', '3509275208940001', 'BUNGA CANARIA', DATE '1994-08-12'),
  (3, 'dukcapil_penduduk', 4, 'self', '3509276505230001', 'SITI CANARIA', DATE '2023-05-25'),
  (4, 'dinkes_balita', 2, 'self', '3509276505230001', 'SITI CANARIA', DATE '2023-05-25'),
  (5, 'dtsen_keluarga', 2, 'head', '3509271203900004', 'AYAH CANARIA', NULL),
  (6, 'dtsen_anggota', 2, 'self', '3509275208940001', 'BUNGA CANARIA', DATE '1994-08-12'),
  (7, 'siga_krs', 2, 'head', '3509271203900004', 'AYAH CANARIA', NULL),
  (8, 'siga_krs', 2, 'wife', '3509275208940001', 'BUNGA CANARIA', NULL)
) AS one (record_id, dataset, source_row_no, role, nik, name, birth_date);

INSERT INTO clean_records.family_record BY NAME
SELECT DISTINCT ON (dataset) dataset, household_ref, no_kk, source_file_id, source_file, source_row_no, snapshot_date
FROM clean_records.person_record WHERE dataset IN ('dukcapil_penduduk', 'dtsen_keluarga', 'siga_krs')
ORDER BY dataset, source_row_no;

INSERT INTO matched_pairs.record_description BY NAME
SELECT record_id, content_id AS description_id FROM clean_records.person_record;

INSERT INTO matched_pairs.description BY NAME
SELECT description_id, dataset, role, dataset = 'dukcapil_penduduk' AS of_register, nik, no_kk AS kk,
  name_canonical AS name, birth_date, village_code AS village, no_kk AS household
FROM clean_records.person_record JOIN matched_pairs.record_description USING (record_id);

INSERT INTO matched_pairs.candidate_pair BY NAME
SELECT a.description_id AS description_a, b.description_id AS description_b,
  MAP {'name': 'exact', 'birth_date': 'exact', 'sex': 'same', 'family': 'same_kk'} AS evidence, true AS beside_name,
  20.0 AS match_weight, 0.999999 AS match_probability, 'prob' AS match_method, 'auto' AS match_band, true AS chosen
FROM matched_pairs.description AS a JOIN matched_pairs.description AS b USING (nik)
WHERE NOT a.of_register AND b.of_register;

INSERT INTO matched_pairs.person_link BY NAME
SELECT description_id, coalesce(description_b, description_id) AS cluster, description_b AS linked_to,
  coalesce(match_method, 'register') AS match_method, coalesce(match_probability, 1) AS match_probability,
  'auto' AS match_band
FROM matched_pairs.description LEFT JOIN matched_pairs.candidate_pair ON description_a = description_id;

INSERT INTO persons.person_source BY NAME
SELECT 'P' || md5(nik)[:6] AS person_id, dataset, source_file, source_row_no, role,
  record_id, CASE dataset WHEN 'dukcapil_penduduk' THEN 'register' ELSE 'nik_exact' END AS match_method,
  0.999999 AS match_probability, 'auto' AS match_band, true AS registered
FROM clean_records.person_record;

INSERT INTO persons.person BY NAME
SELECT person_id, 'F1' AS family_id, true AS registered, nik, nik_status, name_canonical AS name, birth_date,
  CASE WHEN nik = '3509276505230001'
    THEN (SELECT person_id FROM persons.person_source WHERE record_id = 2) END AS mother_person_id,
  false AS sex_conflict, false AS birth_date_conflict, false AS duplicate_in_source
FROM clean_records.person_record JOIN persons.person_source USING (record_id)
WHERE person_record.dataset = 'dukcapil_penduduk';

INSERT INTO persons.family BY NAME
SELECT 'F1' AS family_id, true AS registered, '3509271506170003' AS no_kk, person_id AS head_person_id, false AS no_head
FROM persons.person_source WHERE record_id = 1;

INSERT INTO persons.family_source BY NAME
SELECT 'F1' AS family_id, dataset, household_ref, 'kk' AS linked_by FROM clean_records.family_record;

CREATE TABLE clean_records.region AS SELECT '35.09.27.2006' AS code, 4 AS level;

-- The child is stunted and the family extremely poor: P1; and the family has a row of its own.
INSERT INTO targeting.targeting BY NAME
SELECT '2025-02' AS period, DATE '2025-02-28' AS period_end, 'month' AS period_kind, '35.09' AS kab_code,
  'T' || subject_type AS target_id, subject_type, person_id, 'F1' AS family_id, nik, '3509271506170003' AS no_kk,
  'valid' AS nik_status, name, birth_date, age_months, '35.09.27.2006' AS village_code,
  measured_on, haz, haz AS haz_source, z_flag, stunting_status, is_stunted,
  1 AS desil, true AS extreme_poverty, 'dtsen_keluarga' AS poverty_source, true AS has_baduta, true AS has_pus,
  true AS krs, true AS krs_source, 'core' AS krs_rule, ['AIR'] AS risk_factors, tier, tier_reasons,
  ['C1', 'H1'] AS sources, '[]' AS source_refs, 'nik_exact' AS match_method, 1.0 AS match_probability,
  30 AS score, ['G14_JAMBAN'] AS gaps, ['G15_AIR'] AS gaps_unknown, 1 AS gap_count, 'PU' AS lead_agency,
  prev_tier, tier_change,
  'auto' AS match_band, 2 AS source_count, 17 AS freshness_days, [] AS quality_flags, '1.0.0+ab' AS rule_version,
  'run-1' AS run_id
FROM (
  SELECT 'balita' AS subject_type, person_id, nik, name, birth_date, 21 AS age_months, DATE '2025-02-11' AS measured_on,
    -2.66 AS haz, []::VARCHAR[] AS z_flag, 'pendek' AS stunting_status, true AS is_stunted, 'P1' AS tier,
    ['STUNTING_MISKIN', 'PENDEK'] AS tier_reasons, 'P2' AS prev_tier, 'naik' AS tier_change
  FROM persons.person WHERE mother_person_id IS NOT NULL
  UNION ALL BY NAME
  SELECT 'keluarga' AS subject_type, '3509271203900004' AS nik, 'AYAH CANARIA' AS name, 'P3' AS tier,
    ['MISKIN_BALITA'] AS tier_reasons, NULL AS prev_tier, 'baru' AS tier_change);

INSERT INTO targeting.rule_statement BY NAME
SELECT *, '1.0.0+ab' AS rule_version
FROM (VALUES
  ('tier_clause', 'STUNTING_MISKIN', NULL), ('tier_clause', 'PENDEK', NULL), ('tier_clause', 'MISKIN_BALITA', NULL),
  ('gap', 'G14_JAMBAN', NULL), ('gap', 'G15_AIR', NULL), ('risk_factor', 'AIR', NULL), ('threshold', 'balita_months', 60),
  ('threshold', 'youngest_mother_years', 10), ('threshold', 'oldest_mother_years', 55)
) AS s (kind, code, value);

INSERT INTO targeting.published_target BY NAME
SELECT '2025-01' AS period, 'month' AS period_kind, 'v1' AS version, '35.09' AS kab_code, target_id, subject_type,
  person_id AS entity_id, 'P2' AS tier
FROM targeting.targeting WHERE subject_type = 'balita'
UNION ALL
SELECT '2025-01', 'month', 'v1', '35.09', 'Tgone', 'balita', 'P7', 'P3';

INSERT INTO targeting.target_exit BY NAME
SELECT '2025-02' AS period, 'Tgone' AS target_id, 'balita' AS subject_type, '35.09' AS kab_code, '2025-01' AS last_period,
  'P3' AS last_tier, 'unmatched' AS reason;

INSERT INTO targeting.report_month_full BY NAME
SELECT '2025-02' AS period, 'kab' AS region_level, '35.09' AS region_code, 'I01' AS indicator_code, 'Stunting' AS indicator,
  'percent' AS unit, 20 AS numerator, 80 AS denominator, 25.0 AS value, 1.0 AS coverage, 'cukup' AS data_quality,
  false AS suppressed;

INSERT INTO targeting.report_month BY NAME FROM targeting.report_month_full;
