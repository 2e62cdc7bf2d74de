-- What each row rests on: one source row per dataset, with its link (contracts §6.1 F).
CREATE OR REPLACE TEMP TABLE subject_source AS
WITH
-- Of a child's weighings the one whose measurement counts, else the newest; a later one than the reference day last.
own AS (
    SELECT
        b.subject_no,
        r.record_id,
        r.dataset,
        CASE WHEN r.dataset = 'dinkes_balita' THEN r.recorded_on ELSE r.snapshot_date END AS as_of,
        CASE WHEN m.person_id IS NOT NULL THEN 1 WHEN as_of <= $period_end THEN 2 ELSE 3 END AS rank,
        {'method': s.match_method, 'probability': s.match_probability, 'band': s.match_band} AS link,
        false AS repeated
    FROM subject AS b
    JOIN persons.person_source AS s USING (person_id)
    JOIN clean_records.person_record AS r USING (record_id)
    LEFT JOIN child_measurement AS m
        ON m.person_id = b.person_id
        AND m.source_file_id = r.source_file_id
        AND m.source_row_no = r.source_row_no
),
of_family AS (
    SELECT b.subject_no, f.record_id, f.dataset, f.as_of, 0 AS rank, f.link, f.repeated
    FROM subject AS b
    JOIN family_source_row AS f USING (family_id)
    WHERE b.subject_type = 'keluarga' OR NOT f.is_card
),
-- A family that no list of families names rests on the rows of its members.
of_members AS (
    SELECT
        b.subject_no, r.record_id, r.dataset, r.snapshot_date, 4,
        {'method': s.match_method, 'probability': s.match_probability, 'band': s.match_band},
        false
    FROM subject AS b
    JOIN living_person AS p USING (family_id)
    JOIN persons.person_source AS s ON s.person_id = p.person_id
    JOIN clean_records.person_record AS r USING (record_id)
    WHERE b.subject_type = 'keluarga' AND b.family_id NOT IN (SELECT family_id FROM family_source_row)
)
SELECT
    codes.code,
    s.*,
    -- Numbers that order the sources of a subject, each its own: by day, and from the weakest link.
    (as_of - DATE '1900-01-01') * 16 + codes.number AS recency,
    link_strength(link) + codes.number * 1e-9 AS strength
FROM (FROM own UNION ALL FROM of_family UNION ALL FROM of_members) AS s
JOIN (VALUES $source_codes) AS codes (dataset, code, number) USING (dataset)
-- Of rows alike the last of the last file, as record_id numbers them.
QUALIFY row_number() OVER (PARTITION BY subject_no, codes.number ORDER BY rank, as_of DESC, record_id DESC) = 1;

CREATE OR REPLACE TEMP TABLE subject_provenance AS
WITH
source AS (
    SELECT
        s.*,
        r.kab_code,
        r.village_code,
        r.posyandu,
        r.puskesmas,
        to_json({
            'dataset': s.dataset, 'source_file_id': r.source_file_id, 'source_row_no': r.source_row_no, 'as_of': s.as_of
        })::VARCHAR AS source_ref,
        b.person_id IS NOT NULL AND r.birth_date = b.birth_date AS gives_birth_date,
        r.birth_date_swapped IS NOT NULL AS birth_date_ambiguous
    FROM subject_source AS s
    JOIN subject AS b USING (subject_no)
    JOIN clean_records.person_record AS r USING (record_id)
),
summed AS (
    SELECT
        subject_no,
        coalesce(min(kab_code) FILTER (code = 'C1'), min(kab_code)) AS kab_code,
        -- A column for each source: lists of texts, to be sorted, take three times as long.
        $ref_columns,
        arg_min(link, strength) AS link,
        count(*) AS source_count,
        greatest(0, $period_end - min(as_of)) AS freshness_days,
        CASE WHEN count(village_code) > 1 THEN min(village_code) <> max(village_code) END AS address_conflict,
        arg_max(record_id, recency) FILTER (village_code IS NOT NULL) AS newest_residence,
        arg_max(record_id, recency) FILTER (village_code IS NOT NULL AND code IN ('H1', 'K1')) AS service_residence,
        arg_max(posyandu, recency) FILTER (posyandu IS NOT NULL AND code IN ('H1', 'H2')) AS posyandu,
        arg_max(puskesmas, recency) FILTER (puskesmas IS NOT NULL AND code IN ('H1', 'H2')) AS puskesmas,
        -- Ambiguous unless another source writes the same date plainly.
        coalesce(bool_or(gives_birth_date AND birth_date_ambiguous), false)
            AND NOT coalesce(bool_or(gives_birth_date AND NOT birth_date_ambiguous), false) AS birth_date_ambiguous,
        bool_or(repeated) AS repeated
    FROM source
    GROUP BY subject_no
)
SELECT
    * EXCLUDE ($refs),
    list_filter([$codes_of_refs], lambda code: code IS NOT NULL) AS sources,
    '[' || concat_ws(',', $refs) || ']' AS source_refs
FROM summed;
