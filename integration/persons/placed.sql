-- Of whom each record speaks, and the link that says so.
CREATE OR REPLACE TEMP TABLE placed AS
SELECT record_id, cluster, match_method, match_probability, match_band
FROM matched_pairs.record_description
JOIN matched_pairs.person_link USING (description_id);

CREATE OR REPLACE TEMP TABLE unregistered AS
SELECT cluster
FROM matched_pairs.person_link
GROUP BY cluster
HAVING NOT bool_or(match_method = 'register');

-- Register persons whose number is theirs alone.
CREATE OR REPLACE TEMP TABLE own_nik AS
SELECT min(description_id) AS cluster, nik, number_of('nik ' || nik) AS part
FROM matched_pairs.description
WHERE of_register AND nik IS NOT NULL
GROUP BY nik
HAVING count(*) = 1;

-- Each record in numbers: what families and the choice between sources go by, so that nothing wide is joined or sorted.
-- A household is its KK, else its rows in a source that lists families.
CREATE OR REPLACE TEMP TABLE mention AS
SELECT
  record_id,
  cluster,
  unregistered.cluster IS NULL AS registered,
  source,
  dataset = 'dukcapil_penduduk' AS of_register,
  recency(recorded_on, snapshot_date, record_id) AS recency,
  snapshot_date,
  kk_number(no_kk, kk_status) AS kk,
  coalesce(
    kk_number(no_kk, kk_status),
    CASE WHEN dataset IN (SELECT dataset FROM clean_records.family_record)
         THEN household_number(dataset, household_ref) END) AS household,
  role,
  coalesce(CASE role WHEN 'head' THEN '1' WHEN 'wife' THEN '3' END, relationship) AS relationship,
  sex,
  birth_date,
  name IS NOT NULL AS is_named,
  village_code IS NOT NULL AS has_village,
  coalesce(mother_name, mother_nik, father_name, parent_name) IS NOT NULL AS names_parents
FROM clean_records.person_record
JOIN placed USING (record_id)
JOIN source_order USING (dataset)
LEFT JOIN unregistered USING (cluster);
