-- Every record with what it says of identity, in one shape. Numbers that are no numbers are taken away here.
CREATE OR REPLACE TEMP TABLE mention AS
SELECT
  record_id,
  dataset,
  role,
  snapshot_date,
  source_file,
  source_row_no,
  dataset = 'dukcapil_penduduk' AS of_register,
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
                        '(?:^|[^0-9])([0-9]{1,3})(?:[^0-9]|$)', 1), '') AS house,
  dataset || ':' || household_ref AS household_ref
FROM clean_records.person_record;

-- A register number shared by rows that disagree on both name and birth date is nobody's number.
CREATE OR REPLACE TEMP TABLE register_number AS
SELECT nik
FROM mention
WHERE of_register AND nik IS NOT NULL
GROUP BY nik
HAVING count(DISTINCT name_sorted) <= 1 OR count(DISTINCT birth_date) <= 1;

-- Records with the same identifying content are one description: three months of one child are compared once.
-- Content that identifies nobody (no name, or a name alone) never joins two rows.
CREATE OR REPLACE TEMP TABLE mention_identity AS
SELECT
  mention.*,
  CASE
    WHEN of_register AND register_number.nik IS NOT NULL THEN 'register ' || mention.nik
    WHEN nik IS NOT NULL AND (name IS NOT NULL OR birth_date IS NOT NULL)
      OR coalesce(name, parent_1) IS NOT NULL AND (birth_date IS NOT NULL OR name IS NOT NULL AND kk IS NOT NULL)
    THEN md5(CAST(row(dataset, role, mention.nik, nik_prefix, kk, name, name_alias, name_ordinal, sex, birth_date,
                      birth_date_swapped, birth_year, parent_1, parent_2, mother_nik, father_nik, spouse, spouse_nik,
                      position, kecamatan, village, rt, rw, dusun, house) AS VARCHAR))
    ELSE md5(CAST(row(dataset, role, regexp_replace(source_file, '.*/', ''), source_row_no) AS VARCHAR))
  END AS identity
FROM mention
LEFT JOIN register_number USING (nik);

-- Numbered in the order of their content, the register first: the same whatever the order of the rows.
CREATE OR REPLACE TEMP TABLE record_entity AS
SELECT record_id, dense_rank() OVER (ORDER BY NOT of_register, identity) AS entity_id, of_register
FROM mention_identity;

-- The newest row speaks for a description (for a register number, rows may differ).
CREATE OR REPLACE TEMP TABLE described AS
SELECT record_entity.entity_id, mention.*
FROM record_entity
JOIN mention USING (record_id)
QUALIFY row_number() OVER (
  PARTITION BY entity_id ORDER BY snapshot_date DESC, source_file DESC, source_row_no DESC, record_id DESC) = 1;

-- In which snapshots of which source a description stands.
CREATE OR REPLACE TEMP TABLE entity_snapshot AS
SELECT DISTINCT entity_id, mention.dataset, mention.role, mention.snapshot_date
FROM record_entity
JOIN mention USING (record_id);

-- What the family card says of its members: the head's spouse, the children's parents.
CREATE OR REPLACE TEMP TABLE register_card AS
SELECT
  kk,
  count(*) AS members,
  arg_min(name, entity_id) FILTER (position = 'head') AS head,
  arg_min(sex, entity_id) FILTER (position = 'head') AS head_sex,
  arg_min(name, entity_id) FILTER (position = 'spouse') AS spouse
FROM described
WHERE of_register AND kk IS NOT NULL
GROUP BY kk;

-- The family in which the register holds each number.
CREATE OR REPLACE TEMP TABLE register_family AS
SELECT nik, min(coalesce(kk, 'row ' || entity_id)) AS family
FROM described
JOIN register_number USING (nik)
WHERE of_register
GROUP BY nik;
