--> record_content
-- What each record says, as one number; a record that identifies nobody (no name, or a name alone) speaks for itself.
SELECT
  record_id,
  CASE
    WHEN nik_status IN ('valid', 'valid_foreign', 'unknown_region', 'bad_date')
      AND (name_canonical IS NOT NULL OR birth_date IS NOT NULL)
      OR coalesce(name_canonical, name_alias, mother_name, parent_name) IS NOT NULL
        AND (birth_date IS NOT NULL
          OR coalesce(name_canonical, name_alias) IS NOT NULL
            AND kk_status IN ('valid', 'valid_foreign', 'unknown_region', 'bad_date'))
    THEN content_id
    ELSE (md5_number_lower(concat(content_id, '|', parse_filename(source_file), '|', source_row_no)) >> 1)::BIGINT
  END AS content_id
FROM clean_records.person_record

--> every_content
-- Each content once, and a record that says it.
SELECT content_id, min(record_id) AS record_id
FROM record_content
GROUP BY content_id

--> fresh_content
-- Contents that were not there last night.
SELECT content_id, min(record_id) AS record_id
FROM record_content
ANTI JOIN linkage_memory.mention ON description_id = content_id
GROUP BY content_id

--> gone_content
-- Contents of last night that no record says any more.
SELECT description_id AS content_id, in_spine, nik, kk
FROM linkage_memory.mention
ANTI JOIN record_content ON content_id = description_id

--> mention
-- What a content says of identity, in one shape. Numbers that are no numbers are taken away here; relatives have their
-- tokens sorted, and joined, as names are compared.
SELECT * REPLACE (
    array_to_string(list_sort(string_split(parent_1, ' ')), ' ') AS parent_1,
    array_to_string(list_sort(string_split(parent_2, ' ')), ' ') AS parent_2,
    array_to_string(list_sort(string_split(spouse, ' ')), ' ') AS spouse),
  replace(parent_1, ' ', '') AS parent_1_joined,
  replace(parent_2, ' ', '') AS parent_2_joined,
  replace(spouse, ' ', '') AS spouse_joined
FROM (SELECT
  fresh_content.content_id AS description_id,
  dataset,
  role,
  dataset || ':' || role AS source,
  dataset = 'dukcapil_penduduk' AS in_spine,
  CASE WHEN nik_status IN ('valid', 'valid_foreign', 'unknown_region', 'bad_date') THEN nik END AS nik,
  CASE WHEN length(nik_prefix) BETWEEN 4 AND 15 AND NOT (nik_prefix LIKE '9999%' OR nik_prefix LIKE '0000%')
       THEN nik_prefix END AS nik_prefix,
  CASE WHEN kk_status IN ('valid', 'valid_foreign', 'unknown_region', 'bad_date') THEN no_kk END AS kk,
  -- Where a cell gives only a second name (PAK X alias Y), it is the name.
  coalesce(nullif(name_canonical, ''), nullif(name_alias, '')) AS name,
  array_to_string(list_sort(string_split(coalesce(nullif(name_canonical, ''), nullif(name_alias, '')), ' ')), ' ')
    AS name_sorted,
  replace(coalesce(nullif(name_canonical, ''), nullif(name_alias, '')), ' ', '') AS name_joined,
  nullif(name_alias, '') AS name_alias,
  array_to_string(list_sort(string_split(nullif(name_alias, ''), ' ')), ' ') AS alias_sorted,
  nullif(name_key, '') AS name_key,
  name_ordinal,
  sex,
  birth_date,
  birth_date_swapped,
  coalesce(year(birth_date), birth_year_about) AS birth_year,
  coalesce(mother_name, parent_name) AS parent_1,
  coalesce(father_name, parent_alias) AS parent_2,
  mother_nik,
  father_nik,
  spouse_name AS spouse,
  spouse_nik,
  CASE
    WHEN role = 'head' OR relationship = '1' THEN 'head'
    WHEN role = 'wife' OR relationship IN ('2', '3') THEN 'spouse'
    WHEN relationship = '4' THEN 'child'
    WHEN relationship IS NOT NULL THEN 'relative'
  END AS position,
  kec_code AS kecamatan,
  village_code AS village,
  rt,
  rw,
  upper(dusun) AS dusun,
  -- The house number: the first number of the address once RT and RW are taken away.
  nullif(regexp_extract(regexp_replace(upper(address), 'R[TW][^0-9]{0,4}[0-9]+([^0-9]{1,6}[0-9]+)?', '', 'g'),
                        '(?:^|[^0-9])([0-9]{1,3})(?:[^0-9]|$)', 1), '') AS house
FROM fresh_content
JOIN clean_records.person_record USING (record_id))

--> disputed_number
-- Numbers that several contents of the spine carry: one person's, unless they disagree on both name and birth date.
SELECT nik, count(DISTINCT name_sorted) <= 1 OR count(DISTINCT birth_date) <= 1 AS is_one_person
FROM linkage_memory.mention
WHERE in_spine AND nik IN (
  SELECT nik FROM linkage_memory.mention WHERE in_spine AND nik IS NOT NULL GROUP BY nik HAVING count(*) > 1)
GROUP BY nik

--> same_number
-- Of several contents of one person of the spine the newest row speaks.
SELECT content_id, last_value(content_id) OVER (
  PARTITION BY nik ORDER BY newest ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS description_id
FROM (
  SELECT s.nik, s.description_id AS content_id,
         max(struct_pack(d := r.snapshot_date, f := parse_filename(r.source_file), n := r.source_row_no)) AS newest
  FROM disputed_number AS n
  JOIN linkage_memory.mention AS s ON s.nik = n.nik AND s.in_spine
  JOIN record_content AS c ON c.content_id = s.description_id
  JOIN clean_records.person_record AS r ON r.record_id = c.record_id
  WHERE is_one_person
  GROUP BY s.nik, s.description_id
)

--> record_description
-- The description of every record.
SELECT record_id, coalesce(description_id, content_id) AS description_id
FROM record_content
LEFT JOIN same_number USING (content_id)

--> superseded
-- Contents that are no descriptions, as another one speaks for their person.
SELECT content_id FROM same_number WHERE content_id <> description_id

--> row_mate
-- Rows without a card that name two people hold them together: by what the row says, not by where it stands.
SELECT content_id AS description_id, min(row_content) AS household
FROM (
  SELECT c.content_id, min(c.content_id) OVER (PARTITION BY dataset, source_file_id, source_row_no) AS row_content,
         count(*) OVER (PARTITION BY dataset, source_file_id, source_row_no) AS people
  FROM clean_records.person_record
  JOIN record_content AS c USING (record_id)
  WHERE dataset IN (SELECT dataset FROM clean_records.person_record GROUP BY dataset HAVING count(DISTINCT role) > 1)
    AND kk_status NOT IN ('valid', 'valid_foreign', 'unknown_region', 'bad_date')
)
WHERE people > 1
GROUP BY content_id

--> exclusive_in
-- In which snapshots a description of a source stands that holds each person once in a snapshot.
SELECT description_id, list_sort(list_distinct(list(dataset || ':' || role || ' ' || snapshot_date))) AS exclusive_in
FROM clean_records.person_record
JOIN record_description USING (record_id)
WHERE list_contains({by_snapshot}, dataset || ':' || role)
GROUP BY description_id
