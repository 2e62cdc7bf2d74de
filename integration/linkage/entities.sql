--> stirred
-- Cards and numbers that tonight's changes of the spine may touch.
SELECT nik, kk FROM gone_content WHERE in_spine
UNION ALL
SELECT nik, kk
FROM linkage_memory.mention
SEMI JOIN (SELECT content_id FROM fresh_content UNION ALL FROM superseded UNION ALL FROM superseded_before) AS moved
  ON moved.content_id = description_id
WHERE in_spine

--> card
-- What a family card says of its members: the head's spouse, the children's parents.
SELECT
  kk,
  count(*) AS members,
  arg_min(name_sorted, description_id) FILTER (position = 'head') AS head,
  arg_min(name_joined, description_id) FILTER (position = 'head') AS head_joined,
  arg_min(sex, description_id) FILTER (position = 'head') AS head_sex,
  arg_min(name_sorted, description_id) FILTER (position = 'spouse') AS spouse,
  arg_min(name_joined, description_id) FILTER (position = 'spouse') AS spouse_joined
FROM linkage_memory.mention
ANTI JOIN superseded ON content_id = description_id
WHERE in_spine AND {touched}
GROUP BY kk

--> number_family
-- The family in which the spine holds each number.
SELECT nik, min(coalesce(kk, 'row ' || description_id)) AS family
FROM linkage_memory.mention
ANTI JOIN superseded ON content_id = description_id
WHERE in_spine AND {touched} AND nik NOT IN (SELECT nik FROM disputed_number WHERE NOT is_one_person)
GROUP BY nik

--> chosen
-- Descriptions that are new, and those to which their family, number or row now adds something else.
SELECT description_id
FROM (SELECT content_id AS description_id FROM fresh_content UNION FROM superseded_before)
SEMI JOIN linkage_memory.mention USING (description_id)
ANTI JOIN superseded ON content_id = description_id
UNION
SELECT entity_id
FROM (
  SELECT entity_id FROM linkage_memory.entity SEMI JOIN changed_card USING (kk) WHERE in_spine
  UNION
  SELECT entity_id FROM linkage_memory.entity SEMI JOIN changed_number_family USING (nik) WHERE NOT in_spine
  UNION
  SELECT entity_id FROM linkage_memory.entity SEMI JOIN changed_number_family AS n ON n.nik = mother_nik
  UNION
  SELECT entity_id FROM linkage_memory.entity SEMI JOIN changed_number_family AS n ON n.nik = father_nik
  UNION
  SELECT entity_id FROM linkage_memory.entity SEMI JOIN changed_number_family AS n ON n.nik = spouse_nik
  UNION
  SELECT description_id FROM changed_row_mate
  UNION
  SELECT description_id FROM changed_exclusive_in
)
ANTI JOIN gone_description USING (entity_id)
SEMI JOIN linkage_memory.entity USING (entity_id)

--> person
-- Descriptions of the spine among mentions, with what their card adds.
-- Here and below the filter is written so that DuckDB does not take the mentions for few, and hash them.
SELECT
  m.description_id AS entity_id,
  m.* EXCLUDE (description_id)
    REPLACE (
      coalesce(m.parent_1,
        CASE WHEN m.position = 'child' THEN CASE WHEN head_sex = 'P' THEN c.head ELSE c.spouse END END) AS parent_1,
      coalesce(m.parent_2, CASE WHEN m.position = 'child' AND head_sex = 'L' THEN c.head END) AS parent_2,
      coalesce(m.spouse, CASE m.position WHEN 'head' THEN c.spouse WHEN 'spouse' THEN c.head END) AS spouse,
      coalesce(m.parent_1_joined,
        CASE WHEN m.position = 'child' THEN CASE WHEN head_sex = 'P' THEN head_joined ELSE c.spouse_joined END END)
        AS parent_1_joined,
      coalesce(m.parent_2_joined, CASE WHEN m.position = 'child' AND head_sex = 'L' THEN head_joined END)
        AS parent_2_joined,
      coalesce(m.spouse_joined,
        CASE m.position WHEN 'head' THEN c.spouse_joined WHEN 'spouse' THEN head_joined END) AS spouse_joined),
  coalesce(m.kk, 'row ' || m.description_id) AS family,
  m.kk AS household,
  []::VARCHAR[] AS relative_families,
  list_distinct(list_transform(string_split(m.name_key, ' '), lambda token: left(token, 1))) AS name_letters,
  coalesce(e.exclusive_in, CASE WHEN list_contains({by_source}, m.source) THEN [m.source] END) AS exclusive_in
FROM {mentions} AS m
LEFT JOIN linkage_memory.card AS c ON c.kk = m.kk
LEFT JOIN linkage_memory.exclusive_in AS e ON e.description_id = m.description_id
WHERE m.in_spine = true AND m.description_id NOT IN (SELECT content_id FROM superseded)

--> named_family
-- The families of all numbers that the descriptions to be told of name.
SELECT * FROM linkage_memory.number_family
WHERE nik IN (SELECT unnest([nik, mother_nik, father_nik, spouse_nik]) FROM told WHERE NOT in_spine)

--> other
-- Descriptions outside the spine among mentions, with the families of the numbers that they name.
SELECT
  m.description_id AS entity_id,
  m.* EXCLUDE (description_id),
  NULL::VARCHAR AS family,
  coalesce(m.kk, 'row ' || h.household) AS household,
  list_sort(list_distinct([n.family, mo.family, fa.family, sp.family])) AS relative_families,
  list_distinct(list_transform(string_split(m.name_key, ' '), lambda token: left(token, 1))) AS name_letters,
  coalesce(e.exclusive_in, CASE WHEN list_contains({by_source}, m.source) THEN [m.source] END) AS exclusive_in
FROM {mentions} AS m
LEFT JOIN linkage_memory.row_mate AS h USING (description_id)
LEFT JOIN linkage_memory.exclusive_in AS e USING (description_id)
LEFT JOIN {families} AS n ON n.nik = m.nik
LEFT JOIN {families} AS mo ON mo.nik = m.mother_nik
LEFT JOIN {families} AS fa ON fa.nik = m.father_nik
LEFT JOIN {families} AS sp ON sp.nik = m.spouse_nik
WHERE m.in_spine = false AND m.description_id NOT IN (SELECT content_id FROM superseded)

--> value
-- What is counted of people, each value of a person once.
SELECT kind, value
FROM (
  SELECT 'name' AS kind, name_sorted AS value FROM {persons}
  UNION ALL
  SELECT 'token', unnest(list_distinct(string_split(name_sorted, ' '))) FROM {persons}
  UNION ALL
  SELECT 'birth_date', birth_date::VARCHAR FROM {persons}
  UNION ALL
  SELECT 'village', village FROM {persons}
  UNION ALL
  SELECT 'parent', parent_1 FROM {persons}
  UNION ALL
  SELECT 'parent', parent_2 FROM {persons}
)
WHERE value IS NOT NULL

--> value_count
-- How common values are in the spine: `counted`, and to the next lower power of four, which a person more or less
-- seldom changes.
SELECT kind, value, counted, pow(4, floor(log2(counted) / 2)) AS persons
FROM ({counted})

--> recounted
-- The values of which the spine holds more or fewer than last night.
SELECT kind, value, coalesce(known.counted, 0) + more AS counted, known.persons AS persons_before
FROM (
  SELECT kind, value, sum(one)::BIGINT AS more
  FROM (SELECT *, 1 AS one FROM ({now}) UNION ALL SELECT *, -1 FROM ({before}))
  GROUP BY kind, value
  HAVING sum(one) <> 0)
LEFT JOIN linkage_memory.value_count AS known USING (kind, value)

--> revalued
-- Persons of the spine with a value that is now another step more or less common.
SELECT entity_id AS description_id FROM (
  SELECT entity_id FROM linkage_memory.entity SEMI JOIN changed_name ON value = name_sorted WHERE in_spine
  UNION
  SELECT entity_id FROM linkage_memory.entity SEMI JOIN changed_name ON value = spouse WHERE in_spine
  UNION
  SELECT entity_id FROM linkage_memory.entity SEMI JOIN changed_parent ON value = parent_1 WHERE in_spine
  UNION
  SELECT entity_id FROM linkage_memory.entity SEMI JOIN changed_parent ON value = parent_2 WHERE in_spine
  UNION
  SELECT entity_id FROM linkage_memory.entity SEMI JOIN changed_birth_date ON value = birth_date::VARCHAR WHERE in_spine
  UNION
  SELECT entity_id FROM linkage_memory.entity SEMI JOIN changed_village ON value = village WHERE in_spine
  UNION
  SELECT entity_id FROM linkage_memory.entity SEMI JOIN (
    SELECT DISTINCT whole_name FROM (
      SELECT value AS whole_name, unnest(string_split(value, ' ')) AS token
      FROM linkage_memory.value_count WHERE kind = 'name')
    SEMI JOIN changed_token ON value = token) ON whole_name = name_sorted
  WHERE in_spine
)
ANTI JOIN chosen ON description_id = entity_id
ANTI JOIN gone_description USING (entity_id)

--> name_token
-- The share of the spine whose name holds each token, in the order of the sorted name.
WITH token AS (
  SELECT name_sorted, unnest(string_split(name_sorted, ' ')) AS value,
         generate_subscripts(string_split(name_sorted, ' '), 1) AS place
  FROM (SELECT DISTINCT name_sorted FROM {names} WHERE name_sorted IS NOT NULL)
)
SELECT name_sorted, list((coalesce(persons, 0) + 1) / ({spine_size} + 2000) ORDER BY place) AS shares
FROM token
LEFT JOIN (SELECT value, persons FROM linkage_memory.value_count WHERE kind = 'token') USING (value)
GROUP BY name_sorted

--> frequent
-- Entities with how common their values are in the spine.
-- A frequency is the chance that somebody else has the value; few persons prove little: some
-- imagined people (`_SMOOTHING`) stand beside the spine who have a value as often as a usual value is had.
SELECT
  m.*,
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
FROM {entities} AS m
LEFT JOIN linkage_memory.card AS c ON c.kk = m.kk
LEFT JOIN name_token AS t ON t.name_sorted = m.name_sorted
LEFT JOIN linkage_memory.value_count AS nc ON nc.kind = 'name' AND nc.value = m.name_sorted
LEFT JOIN linkage_memory.value_count AS dc ON dc.kind = 'birth_date' AND dc.value = m.birth_date::VARCHAR
LEFT JOIN linkage_memory.value_count AS vc ON vc.kind = 'village' AND vc.value = m.village
LEFT JOIN linkage_memory.value_count AS p1 ON p1.kind = 'parent' AND p1.value = m.parent_1
LEFT JOIN linkage_memory.value_count AS p2 ON p2.kind = 'parent' AND p2.value = m.parent_2
LEFT JOIN linkage_memory.value_count AS sc ON sc.kind = 'name' AND sc.value = m.spouse
