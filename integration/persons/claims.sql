-- What stood last night keeps its id.
CREATE OR REPLACE TEMP TABLE {kind}_key AS
SELECT unit, {kind}_id AS id
FROM {kind}_unit
JOIN persons.{kind}_whole USING (whole)
WHERE held_until IS NULL;

CREATE OR REPLACE TEMP TABLE {kind}_changed AS
SELECT unit, whole
FROM {kind}_unit
ANTI JOIN {kind}_key USING (unit);

CREATE OR REPLACE TEMP TABLE {kind}_part AS
{parts};

-- Who else may have which id, the best claim first: who stood like this on an earlier night; then who holds most of what
-- held the id last, and most of what ever held it; the older id, and in the end the content decides.
CREATE OR REPLACE TEMP TABLE claim AS
WITH held AS (
  SELECT unit, whole, {kind}_id AS id, part, weight, held_since, held_until
  FROM {kind}_changed
  JOIN {kind}_part USING (unit)
  JOIN persons.{kind}_anchor USING (part)
),
said AS (
  SELECT part, count(*) AS times FROM ({times}) SEMI JOIN held USING (part) GROUP BY part
),
voice AS (
  SELECT unit, whole, {kind}_id AS id, held_until AS stood_until, 0 AS last_held, 0 AS ever_held, held_since
  FROM {kind}_changed
  JOIN persons.{kind}_whole USING (whole)
  UNION ALL
  SELECT unit, whole, id, NULL, CASE WHEN held_until IS NULL THEN weight * coalesce(times, 1) ELSE 0 END,
         weight * coalesce(times, 1), held_since
  FROM held
  LEFT JOIN said USING (part)
)
SELECT
  unit,
  id,
  row_number() OVER (
    ORDER BY max(stood_until) DESC NULLS LAST, sum(last_held) DESC, sum(ever_held) DESC, min(held_since), whole, id
  ) AS place
FROM voice
WHERE id NOT IN (SELECT id FROM {kind}_key)
GROUP BY unit, whole, id;
