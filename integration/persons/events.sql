-- What became of ids since last night. A hint (weight 1) moves nothing.
CREATE OR REPLACE TEMP TABLE moved AS
SELECT {kind}_id AS old_id, id AS new_id, sum(weight) AS weight, string_agg(DISTINCT how, ', ' ORDER BY how) AS how
FROM {kind}_changed
JOIN {kind}_key USING (unit)
JOIN {kind}_part USING (unit)
JOIN persons.{kind}_anchor USING (part)
WHERE held_until IS NULL AND weight > 1 AND {kind}_id <> id
GROUP BY {kind}_id, id;

CREATE OR REPLACE TEMP TABLE stood AS
SELECT {kind}_id AS id FROM persons.{kind}_whole WHERE held_until IS NULL;

CREATE OR REPLACE TEMP TABLE {kind}_event AS
WITH ended AS (
  SELECT id FROM stood
  UNION
  SELECT old_id FROM moved ANTI JOIN persons.{kind}_alias ON old_{kind}_id = old_id
),
begun AS (
  SELECT id FROM {kind}_changed JOIN {kind}_key USING (unit) ANTI JOIN stood USING (id)
),
went_to AS (
  SELECT old_id AS id, arg_max(new_id, (weight, new_id)) AS other_id, arg_max(how, (weight, new_id)) AS how
  FROM moved
  GROUP BY old_id
),
came_from AS (
  SELECT new_id AS id, arg_max(old_id, (weight, old_id)) AS other_id, arg_max(how, (weight, old_id)) AS how
  FROM moved
  WHERE old_id IN (SELECT id FROM {kind}_key)
  GROUP BY new_id
)
SELECT id, CASE WHEN other_id IS NULL THEN 'gone' ELSE 'merged' END AS event, other_id, how
FROM (FROM ended ANTI JOIN {kind}_key USING (id))
LEFT JOIN went_to USING (id)
UNION ALL
SELECT
  id,
  CASE WHEN other_id IS NOT NULL THEN 'split' WHEN id IN (SELECT id FROM {kind}_fresh) THEN 'new' ELSE 'returned' END,
  other_id,
  how
FROM begun
LEFT JOIN came_from USING (id);
