-- Every province (level 1), kabupaten or kota (2), kecamatan (3) and village (4) of the reference.
-- kab_code and kec_code are the codes a row lies in, its own included; NULL above that level.
CREATE OR REPLACE TABLE clean_records.region AS
SELECT
    code,
    length(code) - length(replace(code, '.', '')) + 1 AS level,
    name,
    CASE WHEN contains(code, '.') THEN regexp_replace(code, '\.\d+$', '') END AS parent_code,
    CASE WHEN length(code) >= 5 THEN left(code, 5) END AS kab_code,
    CASE WHEN length(code) >= 8 THEN left(code, 8) END AS kec_code,
    region_compare_name(name) AS compare_name
FROM read_csv($path, header = true, columns = {'code': 'VARCHAR', 'name': 'VARCHAR'});
