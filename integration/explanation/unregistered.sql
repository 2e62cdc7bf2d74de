-- Why each description outside the register was placed on nobody there. {auto}: the probability of the automatic band.
CREATE OR REPLACE TEMP TABLE unregistered AS
SELECT description_id
FROM matched_pairs.person_link
WHERE ({only}) AND cluster NOT IN (SELECT description_id FROM linkage_memory.current WHERE in_spine);

CREATE OR REPLACE TEMP TABLE unregistered_reason AS
WITH pair AS (
  SELECT
    x.description_id, x.entity_id, p.description_b, p.match_probability,
    p.forbidden IS NOT NULL OR d.verdict = 'different' AS barred
  FROM unregistered
  JOIN linkage_memory.current AS x USING (description_id)
  JOIN matched_pairs.candidate_pair AS p ON p.description_a = x.description_id
  JOIN linkage_memory.current AS y ON y.description_id = p.description_b AND y.in_spine
  LEFT JOIN linkage_memory.decided AS d ON d.a = x.entity_id AND d.b = y.entity_id
),
strongest AS (
  SELECT
    description_id,
    entity_id,
    arg_max(description_b, match_probability) FILTER (NOT coalesce(barred, false)) AS best,
    max(match_probability) FILTER (NOT coalesce(barred, false)) AS open,
    max(match_probability) FILTER (barred) AS barred
  FROM pair
  GROUP BY ALL
),
-- Persons of the register who already have a row of a snapshot that holds each person once.
taken AS (
  SELECT DISTINCT s.description_id
  FROM strongest AS s
  JOIN linkage_memory.entity AS own ON own.entity_id = s.entity_id
  JOIN matched_pairs.candidate_pair AS held ON held.description_b = s.best AND held.chosen
  JOIN linkage_memory.current AS c ON c.description_id = held.description_a
  JOIN linkage_memory.entity AS holder ON holder.entity_id = c.entity_id
  WHERE s.open >= {auto} AND held.description_a <> s.description_id
    AND list_has_any(own.exclusive_in, holder.exclusive_in)
)
SELECT
  u.description_id,
  CASE
    WHEN s.description_id IS NULL THEN 'no_candidate'
    WHEN s.open >= {auto} THEN CASE WHEN t.description_id IS NULL THEN 'close_runner_up' ELSE 'taken' END
    WHEN s.barred >= {auto} THEN 'forbidden'
    ELSE 'below_band'
  END AS reason
FROM unregistered AS u
LEFT JOIN strongest AS s USING (description_id)
LEFT JOIN taken AS t USING (description_id);
