-- A group that somebody of a register family belongs to is that family; else its first household names it.
CREATE OR REPLACE TEMP TABLE loose_household AS
WITH grouped AS (
  SELECT loose_group.cluster AS loose_group, loose.*
  FROM loose
  JOIN loose_group ON node = household
),
named AS (
  SELECT
    loose_group,
    coalesce(min(joined_family), min(household)) AS family,
    CASE WHEN count(joined_family) > 0 THEN 'member' ELSE 'none' END AS linked_by
  FROM grouped
  GROUP BY loose_group
)
SELECT DISTINCT household, family, linked_by
FROM grouped
JOIN named USING (loose_group);

CREATE OR REPLACE TEMP TABLE person_family AS
SELECT cluster, family, true AS registered FROM register_family
UNION ALL
SELECT cluster, family, false FROM joined_family
UNION ALL
SELECT cluster, min(family), false
FROM loose
JOIN loose_household USING (household)
WHERE joined_family IS NULL
GROUP BY cluster;

-- What makes a family the same tomorrow: its members. How a member is written there is told where families merge.
CREATE OR REPLACE TEMP TABLE family_member AS
SELECT family, id AS person_id, number_of(id) AS part, CASE WHEN registered THEN 'card' ELSE 'household' END AS written
FROM person_family
JOIN person_key ON unit = cluster;
