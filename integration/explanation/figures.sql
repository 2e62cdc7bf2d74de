--> scores
-- Pairs by weight, two bits a bin, and what became of them.
SELECT
  2 * floor(match_weight / 2)::INTEGER AS bits,
  CASE WHEN forbidden IS NOT NULL THEN 'forbidden' WHEN chosen THEN 'joined' ELSE 'not joined' END AS fate,
  count(*) AS pairs
FROM matched_pairs.candidate_pair
GROUP BY ALL
HAVING pairs >= {least}
ORDER BY ALL

--> match_rates
-- Rows of each dataset, and those whose person is in the civil register; and how many people they and the others are.
-- kecamatan null: the whole dataset (who is named in two kecamatan counts twice there); '': not said.
SELECT
  dataset,
  CASE WHEN grouping(kecamatan) = 0 THEN coalesce(any_value(region.name), kecamatan, '') END AS place,
  sum(rows)::BIGINT AS rows,
  coalesce(sum(rows) FILTER (found), 0)::BIGINT AS rows_found,
  count(*) FILTER (found) AS people_found,
  count(*) FILTER (NOT found) AS people_not_found
FROM (
  SELECT d.dataset, d.kecamatan, link.cluster, person.in_spine AS found, count(*) AS rows
  FROM matched_pairs.record_description
  JOIN matched_pairs.description AS d USING (description_id)
  JOIN matched_pairs.person_link AS link USING (description_id)
  JOIN linkage_memory.current AS person ON person.description_id = link.cluster
  WHERE NOT d.of_register
  GROUP BY ALL
)
LEFT JOIN clean_records.region AS region ON region.code = kecamatan
GROUP BY GROUPING SETS ((dataset), (dataset, kecamatan))
ORDER BY dataset, place NULLS FIRST

--> reasons
-- Rows whose person is not in the civil register, by why; needs `unregistered_reason`.
SELECT d.dataset, reason, count(*) AS rows
FROM unregistered_reason
JOIN matched_pairs.description AS d USING (description_id)
JOIN matched_pairs.record_description USING (description_id)
JOIN matched_pairs.person_link AS link USING (description_id)
GROUP BY ALL
HAVING count(DISTINCT link.cluster) >= {least}
ORDER BY ALL
