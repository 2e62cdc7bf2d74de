-- The flags of every family that has a living member (contracts §6.1 C): members first, else K1; then KRS.
CREATE OR REPLACE TEMP TABLE family_flags AS
WITH
-- A family is known whole where the civil register or DTSEN lists its members.
known AS (
    SELECT
        m.*,
        m.family_id IN (
            SELECT family_id FROM persons.family_source WHERE dataset IN ('dukcapil_penduduk', 'dtsen_anggota')
        ) AS all_known
    FROM family_members AS m
),
targets AS (
    SELECT
        m.family_id,
        members_else_k1(m.has_baduta, m.all_known, k1_says(k.has_baduta)) AS has_baduta,
        members_else_k1(m.has_balita, m.all_known, k1_says(k.has_balita)) AS has_balita,
        members_else_k1(m.has_pus, m.all_known, k1_says(k.has_pus)) AS has_pus,
        -- K1's "pregnant" is outdated where H2 speaks of a woman of the family.
        members_else_k1(
            m.has_pregnant, m.all_known, CASE WHEN m.in_h2 AND k.pregnant = '1' THEN NULL ELSE k1_says(k.pregnant) END
        ) AS has_pregnant
    FROM known AS m
    LEFT JOIN family_k1 AS k USING (family_id)
),
four_too AS (
    SELECT
        t.*,
        members_else_k1(m.too_young, m.all_known, k1_says(k.too_young)) AS too_young,
        members_else_k1(m.too_old, m.all_known, k1_says(k.too_old)) AS too_old,
        members_else_k1(
            b.births_too_close OR (t.has_pregnant AND m.has_own_baduta), m.all_known, k1_says(k.too_close)
        ) AS too_close,
        members_else_k1(m.too_many, m.all_known, k1_says(k.too_many)) AS too_many,
        -- "Not applicable" is a no where there is no couple; else it says nothing.
        CASE k.not_modern_fp
            WHEN '1' THEN true
            WHEN '2' THEN false
            WHEN '3' THEN CASE WHEN NOT t.has_pus THEN false END
        END AS not_modern_fp,
        CASE k.krs_category WHEN 'BERISIKO' THEN true WHEN 'TIDAK BERISIKO' THEN false END AS krs_source
    FROM targets AS t
    JOIN known AS m USING (family_id)
    JOIN family_birth_interval AS b USING (family_id)
    LEFT JOIN family_k1 AS k USING (family_id)
),
flagged AS (
    SELECT
        t.*,
        t.has_pus AND (t.too_young OR t.too_old OR t.too_close OR t.too_many) AS pus_4t,
        p.* EXCLUDE (family_id),
        s.* EXCLUDE (family_id, water_conflict, latrine_conflict),
        coalesce(s.water_conflict, false) AS water_conflict,
        coalesce(s.latrine_conflict, false) AS latrine_conflict,
        h.* EXCLUDE (family_id)
    FROM four_too AS t
    JOIN family_programmes AS h USING (family_id)
    LEFT JOIN family_poverty AS p USING (family_id)
    LEFT JOIN family_sanitation AS s USING (family_id)
),
judged AS (
    SELECT *, $krs_target AND $krs_risk AS krs FROM flagged
)
SELECT *, krs <> krs_source AS krs_disagree, $risk_factors AS risk_factors FROM judged;
