-- Drinking water, latrine and open defecation. Of S1 and K1 the newer that knows something wins, a tie goes to S1;
-- the legacy list S3 speaks only where both are silent.
CREATE OR REPLACE TEMP MACRO newer_of(s1, s1_as_of, k1, k1_as_of) AS
    CASE WHEN s1 IS NULL OR (k1 IS NOT NULL AND k1_as_of > s1_as_of) THEN k1 ELSE s1 END;

CREATE OR REPLACE TEMP TABLE family_sanitation AS
WITH
s1 AS (
    SELECT
        family_id,
        as_of,
        CASE
            WHEN water_source IN ($s1_water_adequate) THEN true
            WHEN water_source IN ($s1_water_inadequate) THEN false
        END AS water,
        latrine_facility IN ($s1_latrine_facility)
        AND closet IN ($s1_latrine_closet)
        AND sewage IN ($s1_latrine_sewage) AS latrine,
        CASE
            WHEN latrine_facility IN ($babs_open_facility) THEN 'babs_terbuka'
            WHEN latrine_facility NOT IN ($babs_used_facility) THEN 'tidak_babs'
            WHEN latrine_facility IS NULL THEN NULL
            WHEN sewage IN ($babs_closed_sewage) THEN 'babs_tertutup'
            WHEN sewage IN ($babs_pit_sewage) AND closet IN ($babs_pit_closet) THEN 'babs_tertutup'
            WHEN sewage IN ($babs_pit_sewage) AND closet IS NULL OR sewage IS NULL THEN NULL
            ELSE 'tidak_babs'
        END AS open_defecation
    FROM family_s1
),
k1 AS (
    SELECT family_id, as_of, NOT k1_says(water_inadequate) AS water, NOT k1_says(latrine_inadequate) AS latrine
    FROM family_k1
),
s3 AS (
    SELECT
        family_id,
        CASE
            WHEN water_text IN ($s3_water_adequate) THEN true
            WHEN water_text IN ($s3_water_inadequate) THEN false
        END AS water,
        CASE
            WHEN latrine_text IN ($s3_latrine_adequate) THEN true
            WHEN latrine_text IN ($s3_latrine_inadequate) THEN false
        END AS latrine
    FROM family_s3
)
SELECT
    family_id,
    coalesce(newer_of(s1.water, s1.as_of, k1.water, k1.as_of), s3.water) AS water_adequate,
    coalesce(newer_of(s1.latrine, s1.as_of, k1.latrine, k1.as_of), s3.latrine) AS latrine_adequate,
    s1.open_defecation,
    coalesce(s1.water <> k1.water, false) AS water_conflict,
    coalesce(s1.latrine <> k1.latrine, false) AS latrine_conflict
FROM s1
FULL JOIN k1 USING (family_id)
FULL JOIN s3 USING (family_id);
