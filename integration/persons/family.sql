-- One row per family.
SELECT
  family_key.id AS family_id,
  f.registered,
  lpad(f.kk::VARCHAR, 16, '0') AS no_kk,
  person_key.id AS head_person_id,
  coalesce(head.name, oldest_member.name) AS head_name,
  NOT CASE WHEN f.registered THEN card_has_head ELSE has_head END AS no_head,
  home.kec_code,
  home.village_code,
  home.dusun,
  home.rt,
  home.rw,
  home.address
FROM family_summed AS f
JOIN family_key ON family_key.unit = f.family
LEFT JOIN person_key ON person_key.unit = f.head
LEFT JOIN clean_records.person_record AS head ON head.record_id = f.head_record
LEFT JOIN oldest_member USING (family)
LEFT JOIN clean_records.person_record AS home ON home.record_id = f.home_record
