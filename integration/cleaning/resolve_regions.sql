-- Which kecamatan and village a written pair means. {places} gives kab_code, kec_text, village_text; the rule is one
-- statement per step, each on distinct spellings, and ends in clean_records.spelling_region.

-- A written name may hold two, as the reference's own do (`Belok/Sidan`, `TUNDOSURO/TUNDOSOR O`): either may match.
CREATE OR REPLACE TEMP TABLE region_name AS
SELECT code, level, kab_code, kec_code, compare_name
FROM clean_records.region
WHERE level IN (3, 4) AND compare_name IS NOT NULL
UNION
SELECT code, level, kab_code, kec_code, region_compare_name(part)
FROM (
    SELECT *, unnest(string_split(name, '/')) AS part
    FROM clean_records.region
    WHERE level IN (3, 4) AND contains(name, '/')
)
WHERE region_compare_name(part) IS NOT NULL;

CREATE OR REPLACE TEMP TABLE place AS
SELECT row_number() OVER () AS place_id, *
FROM (
    SELECT DISTINCT kab_code, kec_text, village_text
    FROM ({places})
);

CREATE OR REPLACE TEMP TABLE written_kecamatan AS
SELECT DISTINCT kab_code, kec_text AS written, region_compare_name(not_null_token(part)) AS compare_name
FROM (SELECT kab_code, kec_text, unnest(string_split(kec_text, '/') || [kec_text]) AS part FROM place)
WHERE region_compare_name(not_null_token(part)) IS NOT NULL;

-- Candidates with their likeness: 1 where the compared names are equal. A name that is exactly another kecamatan's, here or
-- elsewhere in the country, is no misspelling of this one.
CREATE OR REPLACE TEMP TABLE kecamatan_candidate AS
SELECT
    w.kab_code,
    w.written,
    r.kec_code,
    max(CASE
        WHEN w.compare_name = r.compare_name THEN 1.0
        ELSE jaro_winkler_similarity(region_todays_spelling(w.compare_name), region_todays_spelling(r.compare_name)) * 0.999
    END) AS likeness
FROM written_kecamatan AS w
JOIN region_name AS r ON r.level = 3 AND r.kab_code = w.kab_code
WHERE
    w.compare_name = r.compare_name
    OR NOT EXISTS (
        SELECT 1
        FROM written_kecamatan AS same
        JOIN region_name AS named ON named.level = 3 AND named.compare_name = same.compare_name
        WHERE same.kab_code = w.kab_code AND same.written = w.written
    )
GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE kecamatan_found AS
SELECT kab_code, written, best.kec_code AS kec_code, best.likeness = 1.0 AS exact
FROM (
    SELECT
        kab_code,
        written,
        arg_max({'kec_code': kec_code, 'likeness': likeness}, likeness) AS best,
        coalesce(max(likeness, 2)[2], 0.0) AS second
    FROM kecamatan_candidate
    GROUP BY ALL
)
WHERE best.likeness >= {least_likeness} AND best.likeness - second >= {least_lead};

CREATE OR REPLACE TEMP TABLE written_village AS
SELECT DISTINCT p.place_id, p.kab_code, f.kec_code, region_compare_name(not_null_token(part)) AS compare_name
FROM (SELECT *, unnest(string_split(village_text, '/') || [village_text]) AS part FROM place) AS p
LEFT JOIN kecamatan_found AS f ON f.kab_code = p.kab_code AND f.written = p.kec_text
WHERE region_compare_name(not_null_token(part)) IS NOT NULL;

-- Within the kecamatan found. A name that is exactly a village of another kecamatan of the kabupaten contradicts the
-- kecamatan (Sukorejo and Sukoreno are one letter apart): it is not taken for a misspelling.
CREATE OR REPLACE TEMP TABLE village_candidate AS
SELECT
    w.place_id,
    r.code AS village_code,
    max(CASE
        WHEN w.compare_name = r.compare_name THEN 1.0
        ELSE jaro_winkler_similarity(region_todays_spelling(w.compare_name), region_todays_spelling(r.compare_name)) * 0.999
    END) AS likeness
FROM written_village AS w
JOIN region_name AS r ON r.level = 4 AND r.kec_code = w.kec_code
WHERE
    w.compare_name = r.compare_name
    OR NOT EXISTS (
        SELECT 1
        FROM written_village AS same
        JOIN region_name AS named
            ON named.level = 4 AND named.kab_code = same.kab_code AND named.compare_name = same.compare_name
        WHERE same.place_id = w.place_id
    )
GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE village_found AS
SELECT place_id, best.village_code AS village_code, best.likeness = 1.0 AS exact
FROM (
    SELECT
        place_id,
        arg_max({'village_code': village_code, 'likeness': likeness}, likeness) AS best,
        coalesce(max(likeness, 2)[2], 0.0) AS second
    FROM village_candidate
    GROUP BY place_id
)
WHERE best.likeness >= {least_likeness} AND best.likeness - second >= {least_lead};

-- Without a kecamatan, a village name decides where only one village of the kabupaten has it, unless the kecamatan written
-- is one of another kabupaten: then the row does not speak of this kabupaten at all.
CREATE OR REPLACE TEMP TABLE village_alone AS
SELECT w.place_id, any_value(r.code) AS village_code
FROM written_village AS w
JOIN region_name AS r ON r.level = 4 AND r.kab_code = w.kab_code AND r.compare_name = w.compare_name
JOIN place AS p ON p.place_id = w.place_id
WHERE
    w.kec_code IS NULL
    AND NOT EXISTS (
        SELECT 1
        FROM written_kecamatan AS k
        JOIN region_name AS named ON named.level = 3 AND named.compare_name = k.compare_name
        WHERE k.kab_code = p.kab_code AND k.written = p.kec_text
    )
GROUP BY w.place_id
HAVING count(DISTINCT r.code) = 1;

CREATE OR REPLACE TABLE clean_records.spelling_region AS
SELECT
    p.kab_code,
    p.kec_text,
    p.village_text,
    coalesce(k.kec_code, left(a.village_code, 8)) AS kec_code,
    coalesce(v.village_code, a.village_code) AS village_code,
    CASE
        WHEN v.village_code IS NOT NULL AND v.exact AND k.exact THEN 'exact'
        WHEN v.village_code IS NOT NULL THEN 'fuzzy'
        WHEN a.village_code IS NOT NULL THEN 'village_only'
        WHEN k.kec_code IS NOT NULL THEN 'kecamatan_only'
    END AS how
FROM place AS p
LEFT JOIN kecamatan_found AS k ON k.kab_code = p.kab_code AND k.written = p.kec_text
LEFT JOIN village_found AS v ON v.place_id = p.place_id
LEFT JOIN village_alone AS a ON a.place_id = p.place_id;

DROP TABLE region_name;
DROP TABLE place;
DROP TABLE written_kecamatan;
DROP TABLE kecamatan_candidate;
DROP TABLE kecamatan_found;
DROP TABLE written_village;
DROP TABLE village_candidate;
DROP TABLE village_found;
DROP TABLE village_alone;
