-- Where a record is written: its card, or the household of a source that lists families.
CREATE OR REPLACE TEMP TABLE written_in AS
SELECT
  record_id,
  person_id,
  registered,
  coalesce('kk ' || kk, 'household ' || dataset || ' ' || household_ref) AS household,
  dataset,
  household_ref,
  place_in_family,
  identified.snapshot_date,
  row_text,
  f.dataset IS NOT NULL AS is_family_record
FROM identified
LEFT JOIN clean_records.family_record AS f USING (dataset, household_ref)
WHERE kk IS NOT NULL OR f.dataset IS NOT NULL;

-- A register person's family is the register's own card (the newest row speaks).
CREATE OR REPLACE TEMP TABLE register_person_family AS
SELECT
  person_id,
  arg_max(coalesce('kk ' || kk, 'row ' || row_text), (snapshot_date, row_text)) AS family
FROM identified
WHERE of_register
GROUP BY person_id;

-- The register family a household is: by its card, by its head, else by most of its members.
CREATE OR REPLACE TEMP TABLE household_family AS
WITH by_card AS (
  SELECT DISTINCT household, household AS family, 'kk' AS linked_by, 1 AS rank, 1 AS votes
  FROM written_in
  WHERE household IN (SELECT family FROM register_person_family)
),
by_member AS (
  SELECT
    household,
    family,
    CASE WHEN bool_or(place_in_family = '1') THEN 'head' ELSE 'member' END AS linked_by,
    CASE WHEN bool_or(place_in_family = '1') THEN 2 ELSE 3 END AS rank,
    count(DISTINCT person_id) AS votes
  FROM written_in
  JOIN register_person_family USING (person_id)
  GROUP BY household, family
)
SELECT household, family, linked_by
FROM (FROM by_card UNION ALL FROM by_member)
QUALIFY row_number() OVER (PARTITION BY household ORDER BY rank, votes DESC, family) = 1;

-- Somebody outside the register belongs to the register family of a household that names them, the newest first;
-- else to the family of the parent whom the row names by NIK.
CREATE OR REPLACE TEMP TABLE joined_family AS
WITH by_household AS (
  SELECT person_id, family, 1 AS rank, snapshot_date, row_text
  FROM written_in
  JOIN household_family USING (household)
  WHERE NOT registered
),
by_parent AS (
  SELECT i.person_id, f.family, 2 AS rank, i.snapshot_date, i.row_text
  FROM (SELECT *, unnest([mother_nik, father_nik]) AS parent_nik FROM identified WHERE NOT registered) AS i
  JOIN register_nik AS n ON n.nik = i.parent_nik
  JOIN register_person_family AS f ON f.person_id = n.person_id
),
-- A parent of that very name in that very neighbourhood, and only one such family.
by_parent_name AS (
  SELECT i.person_id, min(f.family) AS family, 3 AS rank, max(i.snapshot_date) AS snapshot_date, max(i.row_text) AS row_text
  FROM identified AS i
  JOIN identified AS p
    ON p.of_register AND p.village_code = i.village_code AND p.name_canonical = coalesce(i.mother_name, i.parent_name)
    AND p.rt = i.rt AND p.rw = i.rw
    AND p.place_in_family IN ('1', '2', '3') AND date_diff('year', p.birth_date, i.birth_date) BETWEEN 12 AND 55
  JOIN register_person_family AS f ON f.person_id = p.person_id
  WHERE NOT i.registered
  GROUP BY i.person_id
  HAVING count(DISTINCT f.family) = 1
)
SELECT person_id, family
FROM (FROM by_household UNION ALL FROM by_parent UNION ALL FROM by_parent_name)
QUALIFY row_number() OVER (PARTITION BY person_id ORDER BY rank, snapshot_date DESC, row_text) = 1;

-- Households of nobody in the register, and the people who connect them.
CREATE OR REPLACE TEMP TABLE loose AS
SELECT DISTINCT w.person_id, w.household, j.family AS joined_family
FROM written_in AS w
LEFT JOIN joined_family AS j USING (person_id)
WHERE NOT w.registered AND w.household NOT IN (SELECT household FROM household_family);
