-- Families and households are numbers: a KK is itself, a household without one lies above every KK, and a register
-- person without one is a family alone, below zero.

-- A register person's family is the register's own card (the newest row speaks).
CREATE OR REPLACE TEMP TABLE register_family AS
SELECT
  cluster,
  arg_min(family, days_back(snapshot_date, 32767) * 281474976710656 + abs(family) % 281474976710656) AS family
FROM (SELECT cluster, snapshot_date, coalesce(kk, -cluster - 1) AS family FROM mention WHERE of_register)
GROUP BY cluster;

CREATE OR REPLACE TEMP TABLE card AS
SELECT DISTINCT family FROM register_family WHERE family >= 0;

-- What the register's cards do not settle at once: households that are no card of it, and people who are not in it.
CREATE OR REPLACE TEMP TABLE written_in AS
SELECT cluster, registered, household, card.family AS card, source, relationship = '1' AS is_head, snapshot_date
FROM mention
LEFT JOIN card ON card.family = household
WHERE household IS NOT NULL AND (card.family IS NULL OR NOT registered);

-- The register family that another household is: by its head, else by most of its members.
CREATE OR REPLACE TEMP TABLE household_family AS
SELECT household, family, CASE WHEN by_head THEN 'head' ELSE 'member' END AS linked_by
FROM (
  SELECT household, family, coalesce(bool_or(is_head), false) AS by_head, count(DISTINCT cluster) AS votes
  FROM written_in
  JOIN register_family USING (cluster)
  WHERE card IS NULL
  GROUP BY household, family
)
QUALIFY row_number() OVER (PARTITION BY household ORDER BY by_head DESC, votes DESC, family < 0, family) = 1;

-- Somebody outside the register belongs to the register family of a household that names them, the newest first; else
-- to the family of the parent whom the row names by NIK.
CREATE OR REPLACE TEMP TABLE said_outside AS
SELECT cluster, snapshot_date, source, mother_nik, father_nik, coalesce(mother_name, parent_name) AS parent_name,
       village_code, rt, rw, birth_date
FROM (SELECT record_id, cluster, snapshot_date, source, birth_date FROM mention WHERE NOT registered)
JOIN (SELECT record_id, mother_nik, father_nik, mother_name, parent_name, village_code, rt, rw
      FROM clean_records.person_record) USING (record_id);

CREATE OR REPLACE TEMP TABLE joined_family AS
WITH by_household AS (
  SELECT cluster, coalesce(card, household_family.family) AS family, 1 AS rank, snapshot_date, source
  FROM written_in
  LEFT JOIN household_family USING (household)
  WHERE NOT registered AND coalesce(card, household_family.family) IS NOT NULL
),
by_parent AS (
  SELECT said.cluster, family, 2 AS rank, snapshot_date, source
  FROM (SELECT *, unnest([mother_nik, father_nik]) AS parent_nik FROM said_outside) AS said
  JOIN own_nik ON own_nik.nik = parent_nik
  JOIN register_family ON register_family.cluster = own_nik.cluster
),
-- A parent of that very name in that very neighbourhood, and only one such family.
by_parent_name AS (
  SELECT said.cluster, min(family) AS family, 3 AS rank, NULL::DATE AS snapshot_date, NULL AS source
  FROM said_outside AS said
  JOIN clean_records.person_record AS parent
    ON parent.dataset = 'dukcapil_penduduk' AND parent.village_code = said.village_code
    AND parent.name_canonical = said.parent_name AND parent.rt = said.rt AND parent.rw = said.rw
    AND parent.relationship IN ('1', '2', '3')
    AND date_diff('year', parent.birth_date, said.birth_date) BETWEEN 12 AND 55
  JOIN placed USING (record_id)
  JOIN register_family ON register_family.cluster = placed.cluster
  GROUP BY said.cluster
  HAVING count(DISTINCT family) = 1
)
SELECT cluster, family
FROM (FROM by_household UNION ALL FROM by_parent UNION ALL FROM by_parent_name)
QUALIFY row_number() OVER (PARTITION BY cluster ORDER BY rank, snapshot_date DESC, source, family < 0, family) = 1;

-- Households of nobody in the register, and the people who connect them.
CREATE OR REPLACE TEMP TABLE loose AS
SELECT DISTINCT written_in.cluster, household, joined_family.family AS joined_family
FROM written_in
LEFT JOIN joined_family USING (cluster)
WHERE NOT registered AND card IS NULL AND household NOT IN (SELECT household FROM household_family);

CREATE OR REPLACE TEMP TABLE loose_edge AS
SELECT household AS a, -cluster - 1 AS b FROM loose;
