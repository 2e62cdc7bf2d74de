-- Each record, the person it speaks of, and the link that placed it.
SELECT
  id AS person_id,
  dataset,
  source_file,
  source_row_no,
  role,
  record_id,
  match_method,
  match_probability,
  match_band,
  registered
FROM clean_records.person_record
JOIN placed USING (record_id)
JOIN (
  SELECT unit, id, unregistered.cluster IS NULL AS registered
  FROM person_key
  LEFT JOIN unregistered ON unregistered.cluster = unit
) ON unit = placed.cluster
