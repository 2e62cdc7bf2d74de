-- One row per person: the value that survives where sources differ (contracts.md §6.1 A).
CREATE OR REPLACE TEMP TABLE survived AS
SELECT
  person_id,
  bool_or(registered) AS registered,
  coalesce(
    arg_min(nik, identity_order) FILTER (of_register AND nik_is_valid),
    arg_min(nik, identity_order) FILTER (nik_is_valid AND nik NOT IN (SELECT nik FROM register_nik))) AS nik,
  coalesce(
    arg_min(nik_status, identity_order) FILTER (NOT nik_is_valid AND nik_status <> 'missing'),
    'missing') AS other_nik_status,
  arg_min(name, register_first) FILTER (name IS NOT NULL) AS name,
  arg_min(name_canonical, register_first) FILTER (name_canonical IS NOT NULL) AS name_canonical,
  arg_min(sex, register_first) FILTER (sex IS NOT NULL) AS sex,
  arg_min(birth_date, birth_order) FILTER (birth_date IS NOT NULL) AS birth_date,
  arg_min(written_mother, parent_order) FILTER (written_mother IS NOT NULL) AS mother_name,
  arg_min(mother_nik, parent_order) FILTER (mother_nik IS NOT NULL) AS mother_nik,
  arg_min(father_name, parent_order) FILTER (father_name IS NOT NULL) AS father_name,
  arg_min(place_in_family, identity_order) FILTER (place_in_family IS NOT NULL) AS relationship,
  arg_min(marital_status, identity_order) FILTER (marital_status IS NOT NULL) AS marital_status,
  count(DISTINCT sex) > 1 AS sex_conflict,
  count(DISTINCT birth_date) > 1 AS birth_date_conflict
FROM (
  SELECT *, coalesce(mother_name, CASE WHEN dataset = 'dinkes_balita' THEN parent_name END) AS written_mother
  FROM identified
)
GROUP BY person_id;

-- Twice in one snapshot; toddlers are weighed several times, which is no duplicate.
CREATE OR REPLACE TEMP TABLE repeated AS
SELECT DISTINCT person_id
FROM (
  SELECT person_id FROM identified
  WHERE dataset NOT IN ('dinkes_balita', 'dinkes_kematian', 'dukcapil_mutasi')
  GROUP BY person_id, dataset, role, snapshot_date
  HAVING count(*) > 1
);

-- The woman of the family who is the mother: named by NIK, else head or spouse of the family whose name fits.
CREATE OR REPLACE TEMP TABLE mother AS
WITH by_nik AS (
  SELECT s.person_id, n.person_id AS mother_person_id, 1 AS rank
  FROM survived AS s
  JOIN register_nik AS n ON n.nik = s.mother_nik
  WHERE n.person_id <> s.person_id
),
by_family AS (
  SELECT c.person_id, m.person_id AS mother_person_id, 2 AS rank
  FROM survived AS c
  JOIN person_family AS cf ON cf.person_id = c.person_id
  JOIN person_family AS mf ON mf.family_id = cf.family_id
  JOIN survived AS m ON m.person_id = mf.person_id
  WHERE m.sex = 'P'
    AND m.relationship IN ('1', '2', '3')
    AND date_diff('year', m.birth_date, c.birth_date) BETWEEN 12 AND 55
    AND jaro_winkler_similarity(c.mother_name, m.name_canonical) >= 0.85
)
SELECT person_id, mother_person_id
FROM (FROM by_nik UNION ALL FROM by_family)
QUALIFY row_number() OVER (PARTITION BY person_id ORDER BY rank, mother_person_id) = 1;

CREATE OR REPLACE TEMP TABLE person AS
SELECT
  s.person_id,
  f.family_id,
  s.registered,
  s.nik,
  coalesce(state.nik_status, s.other_nik_status) AS nik_status,
  s.name,
  s.sex,
  s.birth_date,
  mother.mother_person_id,
  coalesce(s.mother_name, m.name) AS mother_name,
  coalesce(m.nik, s.mother_nik) AS mother_nik,
  s.father_name,
  s.relationship,
  s.marital_status,
  d.died_on,
  o.moved_out_on,
  s.sex_conflict,
  s.birth_date_conflict,
  state.nik_birth_date <> s.birth_date AS nik_contradicts_birth_date,
  repeated.person_id IS NOT NULL AS duplicate_in_source
FROM survived AS s
LEFT JOIN nik_state AS state ON state.nik = s.nik
LEFT JOIN person_family AS f USING (person_id)
LEFT JOIN mother USING (person_id)
LEFT JOIN survived AS m ON m.person_id = mother.mother_person_id
LEFT JOIN death AS d ON d.person_id = s.person_id
LEFT JOIN move AS o ON o.person_id = s.person_id
LEFT JOIN repeated ON repeated.person_id = s.person_id;

-- One row per family; the address of the card, else of the newest source that knows one.
CREATE OR REPLACE TEMP TABLE family AS
WITH member AS (
  SELECT i.*, f.family_id,
         1e12::BIGINT * CASE i.dataset WHEN 'dukcapil_penduduk' THEN 1 WHEN 'siga_krs' THEN 2 WHEN 'dtsen_keluarga' THEN 3
           ELSE 4 END + recency AS head_order
  FROM identified AS i
  JOIN person_family AS f USING (person_id)
),
summed AS (
  SELECT
    family_id,
    bool_or(of_register) AS registered,
    arg_min(kk, identity_order) FILTER (kk IS NOT NULL) AS no_kk,
    arg_min(person_id, head_order) FILTER (place_in_family = '1' AND (of_register OR NOT registered OR role = 'head'))
      AS head_person_id,
    arg_min(name, head_order) FILTER (place_in_family = '1' AND name IS NOT NULL) AS head_name,
    arg_min(name, (birth_date, row_text)) FILTER (name IS NOT NULL AND birth_date IS NOT NULL) AS oldest_name,
    bool_or(place_in_family = '1') FILTER (of_register) AS card_has_head,
    coalesce(bool_or(place_in_family = '1'), false) AS has_head,
    arg_min({'kec_code': kec_code, 'village_code': village_code, 'dusun': dusun, 'rt': rt, 'rw': rw, 'address': address}, register_first)
      FILTER (village_code IS NOT NULL) AS residence
  FROM member
  GROUP BY family_id
)
SELECT
  family_id,
  registered,
  no_kk,
  head_person_id,
  coalesce(head_name, oldest_name) AS head_name,
  CASE WHEN registered THEN NOT coalesce(card_has_head, false) ELSE NOT has_head END AS no_head,
  residence.kec_code AS kec_code,
  residence.village_code AS village_code,
  residence.dusun AS dusun,
  residence.rt AS rt,
  residence.rw AS rw,
  residence.address AS address
FROM summed;
