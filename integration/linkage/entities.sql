-- How common values are in the register. {register_size} persons.
CREATE OR REPLACE TEMP TABLE name_count AS
SELECT name_sorted, count(*) AS persons FROM described WHERE of_register AND name_sorted IS NOT NULL GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE token_count AS
SELECT token, count(*) AS persons
FROM (SELECT DISTINCT entity_id, unnest(string_split(name_sorted, ' ')) AS token FROM described WHERE of_register)
GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE date_count AS
SELECT birth_date, count(*) AS persons FROM described WHERE of_register AND birth_date IS NOT NULL GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE village_count AS
SELECT village, count(*) AS persons FROM described WHERE of_register AND village IS NOT NULL GROUP BY ALL;

-- Relatives as the row names them, else as the family card knows them; sorted and joined, as names are compared.
CREATE OR REPLACE TEMP TABLE relatives AS
WITH named AS (
  SELECT
    d.entity_id,
    coalesce(d.parent_1, CASE WHEN child THEN CASE WHEN c.head_sex = 'P' THEN c.head ELSE c.spouse END END) AS parent_1,
    coalesce(d.parent_2, CASE WHEN child AND c.head_sex = 'L' THEN c.head END) AS parent_2,
    coalesce(d.spouse, CASE WHEN NOT d.of_register THEN NULL WHEN d.position = 'head' THEN c.spouse
                            WHEN d.position = 'spouse' THEN c.head END) AS spouse
  FROM (SELECT *, of_register AND position = 'child' AS child FROM described) AS d
  LEFT JOIN register_card AS c USING (kk)
)
SELECT
  entity_id,
  array_to_string(list_sort(string_split(parent_1, ' ')), ' ') AS parent_1,
  array_to_string(list_sort(string_split(parent_2, ' ')), ' ') AS parent_2,
  array_to_string(list_sort(string_split(spouse, ' ')), ' ') AS spouse,
  replace(parent_1, ' ', '') AS parent_1_joined,
  replace(parent_2, ' ', '') AS parent_2_joined,
  replace(spouse, ' ', '') AS spouse_joined
FROM named;

CREATE OR REPLACE TEMP TABLE relative_count AS
SELECT name, count(*) AS persons
FROM (
  SELECT relatives.parent_1 AS name FROM relatives JOIN described USING (entity_id) WHERE of_register
  UNION ALL
  SELECT relatives.parent_2 FROM relatives JOIN described USING (entity_id) WHERE of_register
)
WHERE name IS NOT NULL
GROUP BY ALL;

-- The share of register persons whose name holds each token, in the order of the sorted name.
CREATE OR REPLACE TEMP TABLE token_shares AS
WITH tokens AS (
  SELECT name_sorted, unnest(string_split(name_sorted, ' ')) AS token,
         generate_subscripts(string_split(name_sorted, ' '), 1) AS place
  FROM (SELECT DISTINCT name_sorted FROM described WHERE name_sorted IS NOT NULL)
)
SELECT name_sorted, list((coalesce(persons, 0) + 1) / ({register_size} + 2000) ORDER BY place) AS shares
FROM tokens
LEFT JOIN token_count USING (token)
GROUP BY name_sorted;

-- Both sides of every comparison: register persons and the descriptions that are to be placed.
-- A frequency is the chance that somebody else has the value: the person is not counted, and few persons prove little
-- (a share of {smoothing} people is added who have a value as often as a usual value is had).
CREATE OR REPLACE TEMP TABLE entity AS
SELECT
  d.entity_id,
  d.of_register,
  d.dataset,
  d.role,
  d.nik,
  d.nik_prefix,
  d.kk,
  CASE WHEN d.of_register THEN coalesce(d.kk, 'row ' || d.entity_id) END AS family,
  coalesce(d.kk, d.household_ref) AS household,
  list_distinct(list_filter(
    [n.family, m.family, f.family, s.family], lambda family: family IS NOT NULL)) AS relative_families,
  d.name,
  d.name_sorted,
  d.name_joined,
  array_to_string(list_sort(string_split(d.name_alias, ' ')), ' ') AS alias_sorted,
  d.name_key,
  d.name_ordinal,
  d.sex,
  d.birth_date,
  d.birth_date_swapped,
  d.birth_year,
  r.parent_1,
  r.parent_2,
  r.spouse,
  r.parent_1_joined,
  r.parent_2_joined,
  r.spouse_joined,
  d.position,
  d.kecamatan,
  d.village,
  d.rt,
  d.rw,
  d.dusun,
  d.house,
  t.shares AS token_shares,
  (greatest(coalesce(nc.persons, 0) - d.of_register::INTEGER, 0) + {smoothing} / 5000) / ({register_size} + {smoothing})
    -- A single token is often what is left of a longer name.
    + CASE WHEN len(t.shares) = 1 THEN 0.15 * t.shares[1] ELSE 0 END AS name_frequency,
  (greatest(coalesce(dc.persons, 0) - d.of_register::INTEGER, 0) + {smoothing} / 2200)
    / ({register_size} + 10 * {smoothing}) AS birth_date_frequency,
  coalesce(c.members, 1) / greatest({register_size}, 1) AS family_share,
  (coalesce(p1.persons, 0) + {smoothing} / 5000) / ({register_size} + {smoothing}) AS parent_1_frequency,
  (coalesce(p2.persons, 0) + {smoothing} / 5000) / ({register_size} + {smoothing}) AS parent_2_frequency,
  (coalesce(sc.persons, 0) + {smoothing} / 5000) / ({register_size} + {smoothing}) AS spouse_frequency,
  coalesce(vc.persons, 1) / greatest({register_size}, 1) AS village_share
FROM described AS d
JOIN relatives AS r USING (entity_id)
LEFT JOIN register_card AS c ON c.kk = d.kk
LEFT JOIN register_family AS n ON n.nik = d.nik AND NOT d.of_register
LEFT JOIN register_family AS m ON m.nik = d.mother_nik AND NOT d.of_register
LEFT JOIN register_family AS f ON f.nik = d.father_nik AND NOT d.of_register
LEFT JOIN register_family AS s ON s.nik = d.spouse_nik AND NOT d.of_register
LEFT JOIN token_shares AS t ON t.name_sorted = d.name_sorted
LEFT JOIN name_count AS nc ON nc.name_sorted = d.name_sorted
LEFT JOIN date_count AS dc ON dc.birth_date = d.birth_date
LEFT JOIN village_count AS vc ON vc.village = d.village
LEFT JOIN relative_count AS p1 ON p1.name = r.parent_1
LEFT JOIN relative_count AS p2 ON p2.name = r.parent_2
LEFT JOIN name_count AS sc ON sc.name_sorted = r.spouse;
