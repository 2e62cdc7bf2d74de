--> spine
-- The persons of the spine that are in force.
SELECT m.description_id, nik, kk, name, name_sorted, sex, birth_date, position, village, parent_1, parent_2
FROM description
JOIN linkage_memory.mention AS m USING (description_id)
WHERE in_spine

--> card
-- What a family card says of its members: the head's spouse, the children's parents.
SELECT
  kk,
  count(*) AS members,
  arg_min(name, description_id) FILTER (position = 'head') AS head,
  arg_min(sex, description_id) FILTER (position = 'head') AS head_sex,
  arg_min(name, description_id) FILTER (position = 'spouse') AS spouse
FROM spine
WHERE kk IS NOT NULL
GROUP BY kk

--> number_family
-- The family in which the spine holds each number.
SELECT nik, min(coalesce(kk, 'row ' || description_id)) AS family
FROM spine
WHERE nik IS NOT NULL AND nik NOT IN (SELECT nik FROM disputed_number WHERE NOT is_one_person)
GROUP BY nik

--> value_count
-- How common values are in the spine, to the next lower power of two: a person more or less then changes little.
SELECT kind, value, pow(2, floor(log2(count(*)))) AS persons
FROM (
  SELECT 'name' AS kind, name_sorted AS value FROM spine
  UNION ALL
  SELECT 'token', unnest(list_distinct(string_split(name_sorted, ' '))) FROM spine
  UNION ALL
  SELECT 'birth_date', birth_date::VARCHAR FROM spine
  UNION ALL
  SELECT 'village', village FROM spine
  UNION ALL
  SELECT 'parent', array_to_string(list_sort(string_split(coalesce(
      parent_1, CASE WHEN position = 'child' THEN CASE WHEN head_sex = 'P' THEN head ELSE spouse END END), ' ')), ' ')
  FROM spine LEFT JOIN linkage_memory.card USING (kk)
  UNION ALL
  SELECT 'parent', array_to_string(list_sort(string_split(coalesce(
      parent_2, CASE WHEN position = 'child' AND head_sex = 'L' THEN head END), ' ')), ' ')
  FROM spine LEFT JOIN linkage_memory.card USING (kk)
)
WHERE value IS NOT NULL
GROUP BY kind, value

--> name_tokens
-- The share of the spine whose name holds each token, in the order of the sorted name, for the names of `chosen`.
WITH token AS (
  SELECT name_sorted, unnest(string_split(name_sorted, ' ')) AS value,
         generate_subscripts(string_split(name_sorted, ' '), 1) AS place
  FROM (SELECT DISTINCT name_sorted FROM chosen JOIN linkage_memory.mention USING (description_id)
        WHERE name_sorted IS NOT NULL)
)
SELECT name_sorted, list((coalesce(persons, 0) + 1) / ({spine_size} + 2000) ORDER BY place) AS shares
FROM token
LEFT JOIN (SELECT value, persons FROM linkage_memory.value_count WHERE kind = 'token') USING (value)
GROUP BY name_sorted

--> relatives
-- Relatives as the row names them, else as the family card knows them; sorted and joined, as names are compared.
WITH named AS (
  SELECT
    m.description_id,
    coalesce(m.parent_1, CASE WHEN child THEN CASE WHEN c.head_sex = 'P' THEN c.head ELSE c.spouse END END) AS parent_1,
    coalesce(m.parent_2, CASE WHEN child AND c.head_sex = 'L' THEN c.head END) AS parent_2,
    coalesce(m.spouse, CASE WHEN NOT m.in_spine THEN NULL WHEN m.position = 'head' THEN c.spouse
                            WHEN m.position = 'spouse' THEN c.head END) AS spouse
  FROM (SELECT *, in_spine AND position = 'child' AS child
        FROM linkage_memory.mention JOIN chosen USING (description_id)) AS m
  LEFT JOIN linkage_memory.card AS c USING (kk)
)
SELECT
  description_id,
  array_to_string(list_sort(string_split(parent_1, ' ')), ' ') AS parent_1,
  array_to_string(list_sort(string_split(parent_2, ' ')), ' ') AS parent_2,
  array_to_string(list_sort(string_split(spouse, ' ')), ' ') AS spouse,
  replace(parent_1, ' ', '') AS parent_1_joined,
  replace(parent_2, ' ', '') AS parent_2_joined,
  replace(spouse, ' ', '') AS spouse_joined
FROM named

--> entity
-- Both sides of every comparison, for the descriptions of `chosen`: what they say, and what the spine adds to it.
-- A frequency is the chance that somebody else has the value; few persons prove little: some
-- imagined people (`_SMOOTHING`) stand beside the spine who have a value as often as a usual value is had.
SELECT
  m.description_id,
  m.* EXCLUDE (description_id, parent_1, parent_2, spouse),
  CASE WHEN m.in_spine THEN coalesce(m.kk, 'row ' || m.description_id) END AS family,
  coalesce(m.kk, 'row ' || h.household) AS household,
  list_sort(list_distinct([n.family, mo.family, fa.family, sp.family])) AS relative_families,
  list_distinct(list_transform(string_split(m.name_key, ' '), lambda token: left(token, 1))) AS name_letters,
  r.parent_1,
  r.parent_2,
  r.spouse,
  r.parent_1_joined,
  r.parent_2_joined,
  r.spouse_joined,
  coalesce(e.exclusive_in, CASE WHEN list_contains({by_source}, m.source) THEN [m.source] END) AS exclusive_in,
  t.shares AS token_shares,
  (coalesce(nc.persons, 0.5) + {smoothing} / 5000) / ({spine_size} + {smoothing})
    -- A single token is often what is left of a longer name.
    + CASE WHEN len(t.shares) = 1 THEN 0.15 * t.shares[1] ELSE 0 END AS name_frequency,
  (coalesce(dc.persons, 0.5) + {smoothing} / 2200) / ({spine_size} + 10 * {smoothing}) AS birth_date_frequency,
  coalesce(c.members, 1) / {spine_size} AS family_share,
  (coalesce(p1.persons, 0) + {smoothing} / 5000) / ({spine_size} + {smoothing}) AS parent_1_frequency,
  (coalesce(p2.persons, 0) + {smoothing} / 5000) / ({spine_size} + {smoothing}) AS parent_2_frequency,
  (coalesce(sc.persons, 0) + {smoothing} / 5000) / ({spine_size} + {smoothing}) AS spouse_frequency,
  coalesce(vc.persons, 1) / {spine_size} AS village_share
FROM chosen
JOIN linkage_memory.mention AS m USING (description_id)
JOIN relatives AS r USING (description_id)
LEFT JOIN row_mate AS h USING (description_id)
LEFT JOIN exclusive_in AS e USING (description_id)
LEFT JOIN linkage_memory.card AS c ON c.kk = m.kk
LEFT JOIN linkage_memory.number_family AS n ON n.nik = m.nik AND NOT m.in_spine
LEFT JOIN linkage_memory.number_family AS mo ON mo.nik = m.mother_nik AND NOT m.in_spine
LEFT JOIN linkage_memory.number_family AS fa ON fa.nik = m.father_nik AND NOT m.in_spine
LEFT JOIN linkage_memory.number_family AS sp ON sp.nik = m.spouse_nik AND NOT m.in_spine
LEFT JOIN name_tokens AS t ON t.name_sorted = m.name_sorted
LEFT JOIN linkage_memory.value_count AS nc ON nc.kind = 'name' AND nc.value = m.name_sorted
LEFT JOIN linkage_memory.value_count AS dc ON dc.kind = 'birth_date' AND dc.value = m.birth_date::VARCHAR
LEFT JOIN linkage_memory.value_count AS vc ON vc.kind = 'village' AND vc.value = m.village
LEFT JOIN linkage_memory.value_count AS p1 ON p1.kind = 'parent' AND p1.value = r.parent_1
LEFT JOIN linkage_memory.value_count AS p2 ON p2.kind = 'parent' AND p2.value = r.parent_2
LEFT JOIN linkage_memory.value_count AS sc ON sc.kind = 'name' AND sc.value = r.spouse
