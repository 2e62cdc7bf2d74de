-- Region names and codes (contracts §0 "region codes", "region by name"; domain §2.2).

-- How names are compared: upper case, without what kind of place it is, without blanks, hyphens, apostrophes.
CREATE OR REPLACE TEMP MACRO region_compare_name(written) AS
    nullif(regexp_replace(
        regexp_replace(upper(trim(written)), '^(DESA|DS|KELURAHAN|KEL|KL|KECAMATAN|KEC|KABUPATEN|KAB)(\.\s*|\s+)', ''),
        '[^0-9A-Z]', '', 'g'), '');

-- The spelling of before 1972 (oe, dj, tj, sj) as it is written today.
CREATE OR REPLACE TEMP MACRO region_todays_spelling(compare_name) AS
    replace(replace(replace(replace(compare_name, 'OE', 'U'), 'DJ', 'J'), 'TJ', 'C'), 'SJ', 'SY');

-- A plain or dotted cumulative code as a dotted one: `3509272006` and `35.09.27.2006` alike; NULL for anything else.
-- Only the Ministry's codes are written with dots; plain digits are the Ministry's only where the delivery says so
-- (`code_system` = 'kemendagri'), for the statistics office gives other numbers to the same places.
CREATE OR REPLACE TEMP MACRO region_code(written, code_system) AS
    CASE
        WHEN regexp_full_match(trim(written), '\d\d(\.\d\d(\.\d\d(\.\d{4})?)?)?') THEN trim(written)
        WHEN code_system <> 'kemendagri' OR code_system IS NULL THEN NULL
        WHEN regexp_full_match(trim(written), '\d{4}|\d{6}|\d{10}')
            THEN rtrim(regexp_replace(trim(written), '(\d\d)(\d\d)(\d\d)?(\d{4})?', '\1.\2.\3.\4'), '.')
    END;

-- The deepest code that four columns give, each holding a cumulative code or its own level's number, not padded:
-- ('35', '9', '27', '2006') and ('35', '35.09', '35.09.27', '35.09.27.2006') are both 35.09.27.2006.
CREATE OR REPLACE TEMP MACRO region_code_of_parts(province, kabupaten, kecamatan, village, code_system) AS
    CASE
        WHEN length(region_code(village, code_system)) = 13 THEN region_code(village, code_system)
        WHEN code_system <> 'kemendagri' OR code_system IS NULL THEN
            CASE
                WHEN length(region_code(kecamatan, code_system)) = 8 THEN region_code(kecamatan, code_system)
                WHEN length(region_code(kabupaten, code_system)) = 5 THEN region_code(kabupaten, code_system)
            END
        ELSE
            CASE
                WHEN length(region_code(kecamatan, code_system)) = 8 THEN region_code(kecamatan, code_system)
                ELSE
                    coalesce(
                        CASE WHEN length(region_code(kabupaten, code_system)) = 5 THEN region_code(kabupaten, code_system) END,
                        CASE
                            WHEN regexp_full_match(trim(province), '\d\d') AND regexp_full_match(trim(kabupaten), '\d{1,2}')
                                THEN trim(province) || '.' || lpad(trim(kabupaten), 2, '0')
                        END)
                    || CASE WHEN regexp_full_match(trim(kecamatan), '\d{1,2}') THEN '.' || lpad(trim(kecamatan), 2, '0') ELSE '' END
            END
            || CASE
                WHEN regexp_full_match(trim(village), '\d{4}') AND regexp_full_match(trim(kecamatan), '\d{1,2}|\d{6}|\d\d\.\d\d\.\d\d')
                    THEN '.' || trim(village)
                ELSE ''
            END
    END;
