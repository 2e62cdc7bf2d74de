--> retold
-- Whose link or pairs may be told otherwise than last night: entities that are others, whom the first pass assigned anew,
-- whom it left over tonight or last night, and those of persons about whom people decided.
FROM fresh_entity
UNION SELECT node FROM affected
UNION SELECT entity_id FROM linkage_memory.left_over
UNION FROM left_over_before
UNION FROM judged
UNION SELECT a FROM linkage_memory.link SEMI JOIN judged ON entity_id = b

--> judged
-- About whom people decided, tonight or last night, and the persons of the spine on whom these were placed.
WITH said AS (
  SELECT a AS entity_id FROM decided UNION SELECT b FROM decided
  UNION SELECT a FROM decided_before UNION SELECT b FROM decided_before
)
FROM said
UNION SELECT b FROM linkage_memory.link SEMI JOIN said ON entity_id = a

--> placed_by_program
-- Every entity to be told of with the entity that names its person, and the pair that put it there.
SELECT
  e.entity_id,
  e.in_spine,
  coalesce(link.b, joined.cluster, e.entity_id) AS person,
  coalesce(link.b, best.other) AS linked_to,
  coalesce(link.levels, best.levels) AS levels,
  coalesce(link.weight, best.weight) AS weight
FROM {entities} AS e
LEFT JOIN linkage_memory.link AS link ON link.a = e.entity_id
LEFT JOIN joined ON joined.entity_id = e.entity_id
LEFT JOIN best ON best.entity_id = e.entity_id

--> best
-- The likeliest pair of each entity outside the spine that was joined with another.
SELECT entity_id, other, levels, weight
FROM (
  SELECT a AS entity_id, b AS other, levels, weight FROM outside_chosen
  UNION ALL
  SELECT b, a, levels, weight FROM outside_chosen
)
QUALIFY row_number() OVER (PARTITION BY entity_id ORDER BY weight DESC, other) = 1

--> outside_chosen
SELECT p.a, p.b, p.levels, p.weight
FROM outside_pair AS p
JOIN joined AS x ON x.entity_id = p.a
JOIN joined AS y ON y.entity_id = p.b
WHERE x.cluster = y.cluster AND p.weight >= {auto} AND p.forbidden IS NULL

--> parted
-- Of two that people hold for different though both were placed on one person, the weaker goes.
SELECT DISTINCT CASE WHEN (x.weight, -x.entity_id) < (y.weight, -y.entity_id) THEN x.entity_id ELSE y.entity_id END
  AS entity_id
FROM decided AS d
JOIN placed_by_program AS x ON x.entity_id = d.a
JOIN placed_by_program AS y ON y.entity_id = d.b
WHERE d.verdict = 'different' AND x.person = y.person AND NOT x.in_spine AND NOT y.in_spine

--> placed
SELECT
  p.* REPLACE (
    CASE WHEN parted THEN p.entity_id ELSE p.person END AS person,
    CASE WHEN NOT parted THEN p.linked_to END AS linked_to,
    CASE WHEN NOT parted THEN p.levels END AS levels,
    CASE WHEN NOT parted THEN p.weight END AS weight)
FROM (SELECT *, entity_id IN (SELECT entity_id FROM parted) AS parted FROM placed_by_program) AS p

--> same_person
-- Persons that a decision of people joins though the program holds them apart.
SELECT DISTINCT x.person AS a, y.person AS b, x.in_spine AS of_spine
FROM decided AS d
JOIN placed AS x ON x.entity_id = d.a
JOIN placed AS y ON y.entity_id = d.b
WHERE d.verdict = 'same' AND x.person <> y.person

--> never_one
-- Persons that may not be brought together by it: those whom people hold for different, and two of the spine whom
-- nobody called the same.
SELECT x.person AS a, y.person AS b
FROM decided AS d
JOIN placed AS x ON x.entity_id = d.a
JOIN placed AS y ON y.entity_id = d.b
WHERE d.verdict = 'different' AND x.person <> y.person
UNION
SELECT x.node, y.node
FROM same_group AS x
JOIN same_group AS y ON y.cluster = x.cluster AND x.node < y.node
WHERE x.node IN (SELECT entity_id FROM placed WHERE in_spine)
  AND y.node IN (SELECT entity_id FROM placed WHERE in_spine)
  AND NOT EXISTS (SELECT 1 FROM decided AS d WHERE d.verdict = 'same'
                  AND least(d.a, d.b) = least(x.node, y.node) AND greatest(d.a, d.b) = greatest(x.node, y.node))

--> renamed
-- Persons that people joined, and who names them: one of the spine where one is, else the smallest.
SELECT
  node AS person,
  coalesce(min(node) FILTER (node IN (SELECT entity_id FROM placed WHERE in_spine)) OVER (PARTITION BY cluster),
           min(node) OVER (PARTITION BY cluster)) AS name
FROM merged

--> person_link
SELECT
  p.entity_id AS description_id,
  coalesce(r.name, p.person) AS cluster,
  p.linked_to,
  CASE WHEN p.in_spine THEN 'register'
       WHEN p.weight IS NULL THEN CASE WHEN p.entity_id = coalesce(r.name, p.person) THEN 'unlinked' ELSE 'manual' END
       ELSE {method} END AS match_method,
  CASE WHEN p.in_spine THEN 1.0 WHEN p.weight IS NOT NULL THEN 1 / (1 + pow(2, -p.weight))
       WHEN p.entity_id <> coalesce(r.name, p.person) THEN 1.0 END AS match_probability,
  CASE WHEN p.in_spine OR p.weight IS NOT NULL OR p.entity_id <> coalesce(r.name, p.person) THEN 'auto' ELSE 'none' END
    AS match_band
FROM placed AS p
LEFT JOIN renamed AS r USING (person)

--> taken_snapshot
-- Pairs whose person already has another row of the same exclusive snapshot.
SELECT DISTINCT p.a, p.b
FROM late_pair AS p
JOIN exclusive_of_unplaced AS own ON own.entity_id = p.a
JOIN (
  SELECT b, unnest(exclusive_in) AS snapshot
  FROM (SELECT a, b FROM linkage_memory.link WHERE b IN (SELECT b FROM late_pair)) AS link
  JOIN linkage_memory.entity AS e ON e.entity_id = link.a) AS holder
  ON holder.b = p.b AND holder.snapshot = own.snapshot

--> doubtful
-- One pair for each description that was not placed though something speaks for it.
SELECT p.a, p.b, weight, CASE
  WHEN forbidden = 'nik_conflict' THEN 'nik_conflict'
  WHEN forbidden IS NOT NULL THEN 'contradiction'
  WHEN weight < {auto} THEN 'middling_probability'
  WHEN taken.a IS NOT NULL THEN 'already_taken'
  ELSE 'close_runner_up' END AS reason
FROM (SELECT a, b, weight, forbidden FROM late_pair UNION ALL SELECT a, b, weight, forbidden FROM outside_pair) AS p
LEFT JOIN taken_snapshot AS taken ON taken.a = p.a AND taken.b = p.b
LEFT JOIN joined AS x ON x.entity_id = p.a
LEFT JOIN joined AS y ON y.entity_id = p.b
WHERE p.a IN (SELECT entity_id FROM unplaced)
  AND (weight >= {review} OR forbidden = 'nik_conflict')
  AND coalesce(x.cluster <> y.cluster, true)
  AND NOT EXISTS (SELECT 1 FROM decided AS d WHERE d.a = p.a AND d.b = p.b)
QUALIFY row_number() OVER (PARTITION BY p.a ORDER BY forbidden IS NOT NULL, weight DESC, p.b) = 1

--> review_queue
SELECT a AS description_a, b AS description_b, reason,
       1 / (1 + pow(2, -weight)) AS match_probability, coalesce(targets, 0) AS targets_touched
FROM doubtful
LEFT JOIN (
  SELECT description_id, count(*) AS targets
  FROM record_description JOIN clean_records.person_record USING (record_id)
  WHERE dataset IN ('dinkes_balita', 'dinkes_ibu_hamil')
    AND description_id IN (SELECT a FROM doubtful)
  GROUP BY description_id
) AS touched ON touched.description_id = a
ORDER BY targets_touched DESC, match_probability DESC, description_a

--> candidate_pair
-- Shown as a view: what is remembered of the pairs in force.
SELECT
  p.a AS description_a,
  p.b AS description_b,
  {evidence} AS evidence,
  {beside_name} AS beside_name,
  p.weight AS match_weight,
  1 / (1 + pow(2, -p.weight)) AS match_probability,
  {method} AS match_method,
  CASE WHEN p.forbidden IS NOT NULL THEN 'none' WHEN p.weight >= {auto} THEN 'auto'
       WHEN p.weight >= {review} THEN 'review' ELSE 'none' END AS match_band,
  p.forbidden,
  p.chosen
FROM linkage_memory.known_pair AS p

--> known_pair
-- The pairs worth knowing tonight, of those to be told of: of the first pass, of the later ones, and outside the spine.
-- Where people decided, their word stands for what the program found.
WITH link AS (SELECT * FROM linkage_memory.link WHERE {retold})
SELECT p.* REPLACE (p.chosen AND p.a NOT IN (SELECT entity_id FROM parted) AS chosen) FROM (
SELECT p.a, p.b, p.levels, p.weight, p.forbidden, coalesce(l.b = p.b, false) AS chosen
FROM ({found}) AS p
LEFT JOIN link AS l ON l.a = p.a
UNION ALL
SELECT p.a, p.b, p.levels, p.weight, p.forbidden,
       coalesce(x.cluster = y.cluster AND p.weight >= {auto} AND p.forbidden IS NULL, false)
FROM outside_pair AS p
LEFT JOIN joined AS x ON x.entity_id = p.a
LEFT JOIN joined AS y ON y.entity_id = p.b
WHERE p.weight >= {keep} OR p.forbidden = 'nik_conflict'
) AS p
ANTI JOIN (SELECT a, b FROM link WHERE weight = {manual}) AS m USING (a, b)
UNION ALL
SELECT l.a, l.b, l.levels, l.weight, NULL, l.a NOT IN (SELECT entity_id FROM parted) FROM link AS l WHERE l.weight = {manual}
