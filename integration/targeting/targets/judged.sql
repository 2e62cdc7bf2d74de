-- What the rules say of each target: how urgent it is and why, what is missing and whose task that is.
CREATE OR REPLACE TEMP TABLE targeting_row AS
WITH
known AS (
    SELECT
        *,
        CASE WHEN stunting_status NOT IN ('tidak_wajar', 'tidak_diukur') THEN stunting_status END AS known_stunting,
        CASE WHEN wasting_status NOT IN ('tidak_wajar', 'tidak_diukur') THEN wasting_status END AS known_wasting,
        known_stunting IN ('sangat_pendek', 'pendek') AS is_stunted
    FROM target_fact
),
at_risk AS (
    SELECT *, $mortality_risk_high AS mortality_risk_high, $mortality_risk_medium AS mortality_risk_medium FROM known
),
judged AS (
    SELECT
    *,
    $clauses,
    $gap_statements
    FROM at_risk
),
tiered AS (
    SELECT
        *,
        $tier AS tier,
        $tier_if_unknown_held AS tier_if_unknown_held,
        $tier_reasons AS clauses_that_held,
        $gaps AS gaps,
        $gaps_unknown AS gaps_unknown,
        len(gaps) AS gap_count,
        $score AS score,
        $lead_agency AS lead_agency,
        CASE
            WHEN has_health_row AND mortality_risk_high THEN 'tinggi'
            WHEN has_health_row AND mortality_risk_medium THEN 'sedang'
            WHEN has_health_row THEN 'rendah'
        END AS mortality_risk_level
    FROM judged
)
SELECT
    t.*,
    clauses_that_held || CASE WHEN tier_if_unknown_held < t.tier THEN ['DATA_KURANG'] ELSE [] END AS tier_reasons,
    before.tier AS prev_tier,
    CASE
        WHEN NOT EXISTS (FROM tier_before) THEN NULL
        WHEN before.tier IS NULL THEN 'baru'
        WHEN t.tier < before.tier THEN 'naik'
        WHEN t.tier > before.tier THEN 'turun'
        ELSE 'tetap'
    END AS tier_change,
    province.name AS province,
    kab.name AS kab_name,
    kec.name AS kec_name,
    village.name AS village_name,
    t.link.method AS match_method,
    t.link.probability AS match_probability,
    t.link.band AS match_band,
    list_filter([
        CASE WHEN sex_conflict AND person_id IS NOT NULL THEN 'SEX_CONFLICT' END,
        CASE WHEN birth_date_conflict AND person_id IS NOT NULL THEN 'DOB_CONFLICT' END,
        CASE WHEN nik_contradicts_birth_date AND person_id IS NOT NULL THEN 'NIK_MISMATCH_DOB' END,
        CASE WHEN birth_date_ambiguous OR measured_on_ambiguous THEN 'DATE_AMBIGUOUS' END,
        CASE WHEN position_assumed THEN 'POSITION_ASSUMED' END,
        CASE WHEN address_conflict THEN 'ADDRESS_CONFLICT' END,
        CASE WHEN repeated OR (duplicate_in_source AND person_id IS NOT NULL) THEN 'DUP_IN_SOURCE' END,
        CASE WHEN len(z_flag) > 0 THEN 'Z_IMPLAUSIBLE' END,
        CASE WHEN len(implausible_change) > 0 THEN 'GROWTH_IMPLAUSIBLE' END,
        CASE WHEN len(repaired) > 0 THEN 'MEASUREMENT_REPAIRED' END,
        CASE WHEN NOT registered THEN 'UNREGISTERED' END,
        CASE WHEN no_head THEN 'NO_HEAD' END,
        CASE WHEN water_conflict THEN 'WATER_CONFLICT' END,
        CASE WHEN latrine_conflict THEN 'LATRINE_CONFLICT' END,
        CASE WHEN village.code IS NULL THEN 'VILLAGE_UNKNOWN' END
    ]::VARCHAR[], lambda one: one IS NOT NULL) || coalesce(mother_flags, []) AS quality_flags,
    $rule_version AS rule_version,
    $run_id AS run_id,
    NULL AS published_at
FROM tiered AS t
LEFT JOIN tier_before AS before
    ON before.subject_type = t.subject_type AND before.entity_id = coalesce(t.person_id, t.family_id)
LEFT JOIN clean_records.region AS village ON village.code = t.village_code
LEFT JOIN clean_records.region AS kec ON kec.code = t.kec_code
LEFT JOIN clean_records.region AS kab ON kab.code = t.kab_code
LEFT JOIN clean_records.region AS province ON province.code = left(t.kab_code, 2);
