-- Which value survives where sources differ (contracts.md §6.1 A). The register speaks first in everything: its newest
-- row of each person. Where that row lacks something that others may know, it is silent.
CREATE OR REPLACE TEMP TABLE by_register AS
SELECT
  cluster,
  record_id,
  CASE WHEN nik_status IN ('valid', 'valid_foreign') THEN nik END AS nik,
  nik_status,
  CASE WHEN nik_status IN ('valid', 'valid_foreign') THEN nik_birth_date END AS nik_birth_date,
  name,
  name_canonical,
  sex,
  birth_date,
  mother_name,
  mother_nik,
  father_name,
  relationship,
  marital_status,
  nik_status NOT IN ('valid', 'valid_foreign') OR name IS NULL OR name_canonical IS NULL OR sex IS NULL
    OR birth_date IS NULL OR relationship IS NULL OR marital_status IS NULL AS is_silent
FROM clean_records.person_record
JOIN (
  SELECT cluster, record_of(min(recency)) AS record_id FROM mention WHERE of_register GROUP BY cluster
) USING (record_id);

-- Other records that add something: all where the register is silent or does not know the person; else those that name
-- parents or contradict.
CREATE OR REPLACE TEMP TABLE adding AS
SELECT
  mention.record_id,
  mention.cluster,
  source,
  of_register,
  recency,
  mention.relationship,
  mention.sex <> register.sex AS other_sex,
  mention.birth_date <> register.birth_date AS other_birth_date
FROM mention
LEFT JOIN by_register AS register USING (cluster)
WHERE register.cluster IS NULL
  OR mention.record_id <> register.record_id
    AND (is_silent OR names_parents OR mention.sex <> register.sex OR mention.birth_date <> register.birth_date);

-- arg_min passes over nulls.
CREATE OR REPLACE TEMP TABLE by_others AS
SELECT
  cluster,
  arg_min(nik, identity_order) FILTER (register_nik) AS nik,
  arg_min(nik_status, identity_order) FILTER (register_nik) AS nik_status,
  arg_min(nik_birth_date, identity_order) FILTER (register_nik) AS nik_birth_date,
  arg_min(name, register_first) AS name,
  arg_min(name_canonical, register_first) AS name_canonical,
  arg_min(sex, register_first) AS sex,
  arg_min(birth_date, birth_order) AS birth_date,
  arg_min(written_mother, parent_order) AS mother_name,
  arg_min(mother_nik, parent_order) AS mother_nik,
  arg_min(father_name, parent_order) AS father_name,
  arg_min(place_in_family, identity_order) AS relationship,
  arg_min(marital_status, identity_order) AS marital_status,
  coalesce(bool_or(other_sex), false) OR coalesce(min(sex) <> max(sex), false) AS sex_conflict,
  coalesce(bool_or(other_birth_date), false) OR coalesce(min(birth_date) <> max(birth_date), false)
    AS birth_date_conflict
FROM (
  SELECT
    said.*,
    cluster,
    of_register AND nik_status IN ('valid', 'valid_foreign') AS register_nik,
    coalesce(mother_name, CASE WHEN said.dataset = 'dinkes_balita' THEN parent_name END) AS written_mother,
    adding.relationship AS place_in_family,
    other_sex,
    other_birth_date,
    preferred(source_order.register, recency) AS register_first,
    preferred(source_order.identity, recency) AS identity_order,
    preferred(source_order.birth, recency) AS birth_order,
    preferred(source_order.parent, recency) AS parent_order
  FROM adding
  JOIN clean_records.person_record AS said USING (record_id)
  JOIN source_order USING (source)
)
GROUP BY cluster;

CREATE OR REPLACE TEMP TABLE survived AS
SELECT
  cluster,
  register.cluster IS NOT NULL AS registered,
  coalesce(register.nik, other.nik) AS nik,
  CASE WHEN register.nik IS NULL THEN other.nik_status ELSE register.nik_status END AS nik_status,
  coalesce(register.nik_birth_date, other.nik_birth_date) AS nik_birth_date,
  coalesce(register.name, other.name) AS name,
  coalesce(register.name_canonical, other.name_canonical) AS name_canonical,
  coalesce(register.sex, other.sex) AS sex,
  coalesce(register.birth_date, other.birth_date) AS birth_date,
  coalesce(register.mother_name, other.mother_name) AS mother_name,
  coalesce(register.mother_nik, other.mother_nik) AS mother_nik,
  coalesce(register.father_name, other.father_name) AS father_name,
  coalesce(register.relationship, other.relationship) AS relationship,
  coalesce(register.marital_status, other.marital_status) AS marital_status,
  coalesce(sex_conflict, false) AS sex_conflict,
  coalesce(birth_date_conflict, false) AS birth_date_conflict
FROM by_register AS register
FULL JOIN by_others AS other USING (cluster);

-- Without a number in the register: one that others give and the register knows of nobody; else what is wrong with it.
CREATE OR REPLACE TEMP TABLE other_number AS
WITH said AS (
  SELECT
    cluster,
    nik,
    nik_status,
    nik_birth_date,
    nik_status IN ('valid', 'valid_foreign') AS is_valid,
    preferred(source_order.identity, recency) AS identity_order
  FROM mention
  JOIN clean_records.person_record USING (record_id)
  JOIN source_order USING (source)
  WHERE cluster IN (SELECT cluster FROM survived WHERE nik IS NULL)
)
SELECT
  cluster,
  arg_min(nik, identity_order) FILTER (free) AS nik,
  arg_min(nik_status, identity_order) FILTER (free) AS nik_status,
  arg_min(nik_birth_date, identity_order) FILTER (free) AS nik_birth_date,
  arg_min(nik_status, identity_order) FILTER (NOT is_valid AND nik_status <> 'missing') AS what_is_wrong
FROM (SELECT *, is_valid AND nik NOT IN (SELECT nik FROM own_nik) AS free FROM said)
GROUP BY cluster;

-- Twice in one snapshot, where that is no usual thing (toddlers are weighed several times).
CREATE OR REPLACE TEMP TABLE repeated AS
SELECT DISTINCT cluster
FROM (
  SELECT cluster
  FROM mention
  JOIN source_order USING (source)
  WHERE NOT may_repeat
  GROUP BY cluster, source, role = 'wife', snapshot_date
  HAVING count(*) > 1
);

-- The woman of the family who is the mother: named by NIK, else head or spouse of the family whose name fits.
CREATE OR REPLACE TEMP TABLE mother AS
WITH by_nik AS (
  SELECT survived.cluster, own_nik.cluster AS mother
  FROM survived
  JOIN own_nik ON own_nik.nik = mother_nik
  WHERE own_nik.cluster <> survived.cluster
),
woman AS (
  SELECT cluster AS mother, family, birth_date, name_canonical
  FROM survived
  JOIN person_family USING (cluster)
  WHERE sex = 'P' AND relationship IN ('1', '2', '3')
),
by_family AS (
  SELECT child.cluster, min(mother) AS mother
  FROM survived AS child
  JOIN person_family USING (cluster)
  JOIN woman USING (family)
  WHERE child.cluster NOT IN (SELECT cluster FROM by_nik)
    AND date_diff('year', woman.birth_date, child.birth_date) BETWEEN 12 AND 55
    AND jaro_winkler_similarity(child.mother_name, woman.name_canonical) >= 0.85
  GROUP BY child.cluster
)
FROM by_nik
UNION ALL
FROM by_family;

-- The records that speak for a family: of its head, and of where it lives (the card, else the newest source that knows).
CREATE OR REPLACE TEMP TABLE family_summed AS
SELECT
  family,
  bool_or(of_register) AS registered,
  arg_min(kk, preferred(identity, recency)) AS kk,
  arg_min(cluster, head_order) FILTER (is_head AND (of_register OR NOT registered OR role = 'head')) AS head,
  record_of(min(head_order) FILTER (is_head AND is_named)) AS head_record,
  coalesce(bool_or(is_head) FILTER (of_register), false) AS card_has_head,
  coalesce(bool_or(is_head), false) AS has_head,
  record_of(min(preferred(register, recency)) FILTER (has_village)) AS home_record
FROM (
  SELECT *, coalesce(relationship = '1', false) AS is_head, preferred(source_order.head, recency) AS head_order
  FROM mention
  JOIN source_order USING (source)
)
JOIN (SELECT cluster, family FROM person_family) USING (cluster)
GROUP BY family;

CREATE OR REPLACE TEMP TABLE oldest_member AS
SELECT
  family,
  arg_min(name, date_diff('day', DATE '1700-01-01', person_record.birth_date) * 536870912 + record_id) AS name
FROM (SELECT family FROM family_summed WHERE head_record IS NULL)
JOIN person_family USING (family)
JOIN mention USING (cluster)
JOIN clean_records.person_record USING (record_id)
GROUP BY family;
