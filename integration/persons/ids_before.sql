-- What a person of last night was known by, told by tonight's descriptions: the ids of a home of the first release, which
-- kept no memory of them. Killed after this, the next night finds it done.
INSERT INTO persons.person_anchor
SELECT part, arg_max(person_id, (times, person_id)), DATE '1970-01-01', NULL
FROM (
  SELECT coalesce(own.part, said.description_id) AS part, before.person_id, count(*) AS times
  FROM persons.person_before AS before
  JOIN matched_pairs.record_description AS said USING (record_id)
  LEFT JOIN own_nik AS own ON own.cluster = said.description_id
  GROUP BY 1, 2
)
WHERE part NOT IN (SELECT part FROM persons.person_anchor)
GROUP BY part;
