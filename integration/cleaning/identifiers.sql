-- NIK and KK (contracts §0 "identifiers", "id_status"; domain §2.1). A NIK is kecamatan of first registration (6 digits),
-- birth date DDMMYY (day + 40 for women), serial from 0001; a KK number is kecamatan, issue date DDMMYY, serial.

-- Without what clerks and spreadsheets add: apostrophes, blanks, dots, dashes, invisible characters. A numeric XLSX cell
-- arrives as `3509276505230001.0`; its `.0` goes, the digits before it are exact.
CREATE OR REPLACE TEMP MACRO id_compact(written) AS
    CASE
        WHEN regexp_full_match(written, '\d{16}') THEN written
        ELSE regexp_replace(
            regexp_replace(upper(written), '^\s*(\d{16})\.0\s*$', '\1'),
            '[\s''`´’‘".‐‑–—\-\x{00A0}\x{200B}-\x{200F}\x{2060}\x{FEFF}]', '', 'g')
    END;

-- A float: in scientific notation most digits are gone; a numeric cell keeps 15 digits, so a last digit 0 was lost.
CREATE OR REPLACE TEMP MACRO id_was_float(written) AS
    regexp_full_match(trim(written), '(?i)\d([.,]\d+)?E\+?1\d|\d{15}0\.0');

CREATE OR REPLACE TEMP MACRO id_is_masked(written) AS
    regexp_full_match(id_compact(written), '\d*[*X•#]+\d*') AND NOT regexp_full_match(written, '\d*');

-- The digits as written, whatever their number; NULL when nothing, a mask, a float or words stand there.
CREATE OR REPLACE TEMP MACRO clean_id(written) AS
    CASE
        WHEN regexp_full_match(written, '\d{16}') THEN written
        WHEN not_null_token(written) IS NULL OR trim(written) IN ('0', '0.0') OR id_was_float(written) THEN NULL
        WHEN regexp_full_match(id_compact(written), '\d+') THEN id_compact(written)
    END;

-- The digits a float still shows, without the zeros at its end that nobody may have written.
CREATE OR REPLACE TEMP MACRO id_float_digits(written) AS
    rtrim(regexp_replace(regexp_extract(upper(trim(written)), '^(\d{15}0|\d[.,]?\d*)', 1), '[.,]', ''), '0');

-- The leading digits that a masked or truncated identifier still shows, for blocking; NULL for any other. Six to ten of a
-- float (contracts §0); the last one that scientific notation shows is rounded.
CREATE OR REPLACE TEMP MACRO id_prefix(written) AS
    CASE
        WHEN regexp_full_match(written, '\d{16}') THEN NULL
        WHEN id_was_float(written) THEN
            CASE
                WHEN length(id_float_digits(written)) < 6 THEN rpad(id_float_digits(written), 6, '0')
                ELSE left(id_float_digits(written), 10)
            END
        WHEN id_is_masked(written) THEN nullif(regexp_extract(id_compact(written), '^\d{2,}'), '')
    END;

CREATE OR REPLACE TEMP MACRO id_is_placeholder(digits) AS
    digits = repeat(left(digits, 1), length(digits))
    OR starts_with(digits, '9999')
    OR starts_with(digits, '0000')
    OR (length(digits) = 16 AND ends_with(digits, '0000'))
    OR contains('01234567890123456789012345', digits)
    OR contains('98765432109876543210987654', digits);

-- The date part as a date in `century` (1900 or 2000), NULL when there is no such day.
CREATE OR REPLACE TEMP MACRO id_date_part(digits, day_shift, century) AS
    try_cast(
        (century + try_cast(substr(digits, 11, 2) AS INTEGER))::VARCHAR || '-' || substr(digits, 9, 2) || '-'
        || lpad((try_cast(substr(digits, 7, 2) AS INTEGER) - day_shift)::VARCHAR, 2, '0')
        AS DATE);

CREATE OR REPLACE TEMP MACRO nik_sex(nik) AS
    CASE
        WHEN nik IS NULL OR length(nik) <> 16 THEN NULL
        WHEN try_cast(substr(nik, 7, 2) AS INTEGER) BETWEEN 41 AND 71 THEN 'P'
        WHEN try_cast(substr(nik, 7, 2) AS INTEGER) BETWEEN 1 AND 31 THEN 'L'
    END;

CREATE OR REPLACE TEMP MACRO nik_day_shift(nik) AS
    CASE WHEN substr(nik, 7, 1) >= '4' THEN 40 ELSE 0 END;

-- The birth date a NIK carries; the century is the latest one that does not lie after `reference_year`.
CREATE OR REPLACE TEMP MACRO nik_birth_date(nik, reference_year) AS
    CASE
        WHEN length(nik) <> 16 THEN NULL
        WHEN 2000 + try_cast(substr(nik, 11, 2) AS INTEGER) <= reference_year
            THEN id_date_part(nik, nik_day_shift(nik), 2000)
        ELSE id_date_part(nik, nik_day_shift(nik), 1900)
    END;

-- The kecamatan part as a dotted code, to join on clean_records.region.
CREATE OR REPLACE TEMP MACRO id_kecamatan(digits) AS
    CASE
        WHEN length(digits) = 16 THEN substr(digits, 1, 2) || '.' || substr(digits, 3, 2) || '.' || substr(digits, 5, 2)
    END;

-- `digits` is clean_id(written), computed once by the caller: most rows are decided by it alone.
CREATE OR REPLACE TEMP MACRO id_status(written, digits, region_known, kab4, day_shift) AS
    CASE
        WHEN digits IS NULL THEN
            CASE
                WHEN not_null_token(written) IS NULL OR trim(written) IN ('0', '0.0') THEN 'missing'
                WHEN id_was_float(written) THEN 'truncated'
                WHEN id_is_masked(written) THEN 'masked'
                ELSE 'bad_length'
            END
        WHEN id_is_placeholder(digits) THEN 'placeholder'
        WHEN length(digits) <> 16 THEN 'bad_length'
        -- The century does not matter: 1900 and 2000 differ in one 29 February, and 2000 had it.
        WHEN id_date_part(digits, day_shift, 2000) IS NULL THEN 'bad_date'
        WHEN NOT coalesce(region_known, false) THEN 'unknown_region'
        WHEN left(digits, 4) = kab4 THEN 'valid'
        ELSE 'valid_foreign'
    END;

-- `region_known` is the outcome of a join of id_kecamatan(digits) on clean_records.region (level 3): one hash join for a
-- table, not a list lookup for a row. `kab4` is the kabupaten of the delivery in four digits.
CREATE OR REPLACE TEMP MACRO nik_status(written, digits, region_known, kab4) AS
    id_status(written, digits, region_known, kab4, nik_day_shift(digits));

-- A KK number's date is its issue date: no 40 is added for anybody.
CREATE OR REPLACE TEMP MACRO kk_status(written, digits, region_known, kab4) AS
    id_status(written, digits, region_known, kab4, 0);
