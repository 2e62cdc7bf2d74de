-- One row per person.
SELECT
  person_key.id AS person_id,
  family_key.id AS family_id,
  s.registered,
  coalesce(s.nik, other.nik) AS nik,
  coalesce(s.nik_status, other.nik_status, other.what_is_wrong, 'missing') AS nik_status,
  s.name,
  s.sex,
  s.birth_date,
  mother_key.id AS mother_person_id,
  coalesce(s.mother_name, m.name) AS mother_name,
  coalesce(m.nik, m_other.nik, s.mother_nik) AS mother_nik,
  s.father_name,
  s.relationship,
  s.marital_status,
  died_on,
  moved_out_on,
  s.sex_conflict,
  s.birth_date_conflict,
  coalesce(s.nik_birth_date, other.nik_birth_date) <> s.birth_date AS nik_contradicts_birth_date,
  repeated.cluster IS NOT NULL AS duplicate_in_source
FROM survived AS s
JOIN person_key ON person_key.unit = s.cluster
LEFT JOIN other_number AS other USING (cluster)
LEFT JOIN person_family USING (cluster)
LEFT JOIN family_key ON family_key.unit = person_family.family
LEFT JOIN mother USING (cluster)
LEFT JOIN survived AS m ON m.cluster = mother.mother
LEFT JOIN other_number AS m_other ON m_other.cluster = mother.mother
LEFT JOIN person_key AS mother_key ON mother_key.unit = mother.mother
LEFT JOIN death USING (cluster)
LEFT JOIN move USING (cluster)
LEFT JOIN repeated USING (cluster)
