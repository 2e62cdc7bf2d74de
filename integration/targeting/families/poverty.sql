-- Desil and extreme poverty: DTSEN, else P3KE, else unknown. No row never means decile 1, nor "not poor".
CREATE OR REPLACE TEMP TABLE family_poverty AS
SELECT
    family_id,
    coalesce(s1.desil_nasional, s3.desil_kesejahteraan) AS desil,
    coalesce(s1.desil_nasional, s3.desil_kesejahteraan) = 1 AS extreme_poverty,
    s1.extreme_poverty_local,
    CASE
        WHEN s1.desil_nasional IS NOT NULL THEN 'dtsen_keluarga'
        WHEN s3.desil_kesejahteraan IS NOT NULL THEN 'p3ke_keluarga'
    END AS poverty_source,
    CASE
        WHEN s1.desil_nasional IS NOT NULL THEN s1.as_of
        WHEN s3.desil_kesejahteraan IS NOT NULL THEN s3.as_of
    END AS poverty_as_of
FROM family_s1 AS s1
FULL JOIN family_s3 AS s3 USING (family_id);
