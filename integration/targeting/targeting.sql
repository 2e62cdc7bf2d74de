-- One row per target: the person or family, its facts, the flags of its family, and how urgent it is.
CREATE OR REPLACE TEMP TABLE targeting_row AS
WITH
facts AS (
    SELECT
        $period AS period,
        $period_end AS period_end,
        'month' AS period_kind,
        v.kab_code,
        k.id AS target_id,
        b.subject_type,
        b.person_id,
        b.family_id,
        p.nik,
        f.no_kk,
        coalesce(p.nik_status, 'missing') AS nik_status,
        CASE WHEN b.subject_type = 'keluarga' THEN f.head_name ELSE p.name END AS name,
        CASE WHEN b.subject_type <> 'keluarga' THEN p.sex END AS sex,
        b.birth_date,
        b.age_months,
        f.head_name,
        CASE WHEN b.subject_type <> 'keluarga' THEN p.mother_name END AS mother_name,
        CASE WHEN b.subject_type <> 'keluarga' THEN p.father_name END AS father_name,
        CASE WHEN b.subject_type <> 'keluarga' THEN p.mother_nik END AS mother_nik,
        CASE WHEN r.record_id IS NULL THEN f.kec_code ELSE r.kec_code END AS kec_code,
        CASE WHEN r.record_id IS NULL THEN f.village_code ELSE r.village_code END AS village_code,
        CASE WHEN r.record_id IS NULL THEN f.dusun ELSE r.dusun END AS dusun,
        CASE WHEN r.record_id IS NULL THEN f.rt ELSE r.rt END AS rt,
        CASE WHEN r.record_id IS NULL THEN f.rw ELSE r.rw END AS rw,
        CASE WHEN r.record_id IS NULL THEN f.address ELSE r.address END AS address,
        v.posyandu,
        v.puskesmas,
        v.address_conflict,
        h.measured_on,
        h.measurement_age_days,
        h.weight_kg,
        h.height_cm,
        h.position,
        h.haz,
        h.waz,
        h.whz,
        h.haz_source,
        h.z_flag,
        CASE WHEN b.subject_type <> 'balita' THEN NULL
            WHEN coalesce(NOT h.measured_lately, true) THEN 'tidak_diukur'
            WHEN list_contains(h.z_flag, 'haz') THEN 'tidak_wajar'
            ELSE h.stunting_class END AS stunting_status,
        CASE WHEN b.subject_type <> 'balita' THEN NULL
            WHEN coalesce(NOT h.measured_lately, true) THEN 'tidak_diukur'
            WHEN list_contains(h.z_flag, 'whz') THEN 'tidak_wajar'
            ELSE h.wasting_class END AS wasting_status,
        CASE WHEN b.subject_type <> 'balita' THEN NULL
            WHEN coalesce(NOT h.measured_lately, true) THEN 'tidak_diukur'
            WHEN list_contains(h.z_flag, 'waz') THEN 'tidak_wajar'
            ELSE h.underweight_class END AS underweight_status,
        h.weight_faltering,
        h.stunting_source AS stunting_source_status,
        CASE WHEN NOT list_contains(h.z_flag, 'haz') THEN h.stunting_class <> h.stunting_source END
            AS stunting_disagree,
        h.low_birth_weight,
        h.vit_a_count,
        h.kia_book,
        h.kpsp,
        h.position_assumed,
        h.measured_on_ambiguous,
        b.pregnant,
        c.* EXCLUDE (family_id),
        $krs_rule AS krs_rule,
        v.sources,
        v.source_refs,
        v.link,
        v.source_count,
        v.freshness_days,
        v.birth_date_ambiguous,
        v.repeated,
        p.sex_conflict,
        p.birth_date_conflict,
        p.nik_contradicts_birth_date,
        p.duplicate_in_source,
        CASE WHEN b.subject_type = 'keluarga' THEN f.registered ELSE p.registered END AS registered,
        f.no_head
    FROM subject AS b
    JOIN subject_provenance AS v USING (subject_no)
    JOIN target_key AS k ON k.text = v.kab_code || b.subject_type || b.entity_id
    LEFT JOIN persons.family AS f ON f.family_id = b.family_id
    -- The address is the family's, unless the rule asks for the agencies' or the family has none.
    LEFT JOIN clean_records.person_record AS r
        ON r.record_id = CASE
            WHEN $domicile_rule = 'service' AND v.service_residence IS NOT NULL THEN v.service_residence
            WHEN f.village_code IS NULL THEN v.newest_residence
        END
    -- A family is named by its head, as long as the head lives there.
    LEFT JOIN living_person AS head ON head.person_id = f.head_person_id AND b.subject_type = 'keluarga'
    LEFT JOIN persons.person AS p ON p.person_id = coalesce(b.person_id, head.person_id)
    LEFT JOIN child_health AS h ON h.person_id = b.person_id AND b.subject_type = 'balita'
    LEFT JOIN family_flags AS c ON c.family_id = b.family_id
),
known AS (
    SELECT
        *,
        CASE WHEN stunting_status NOT IN ('tidak_wajar', 'tidak_diukur') THEN stunting_status END AS known_stunting,
        CASE WHEN wasting_status NOT IN ('tidak_wajar', 'tidak_diukur') THEN wasting_status END AS known_wasting,
        known_stunting IN ('sangat_pendek', 'pendek') AS is_stunted
    FROM facts
),
judged AS (
    SELECT
    *,
    $clauses
    FROM known
),
tiered AS (
    SELECT
        *,
        $tier AS tier,
        $tier_if_unknown_held AS tier_if_unknown_held,
        $tier_reasons AS clauses_that_held
    FROM judged
)
SELECT
    t.*,
    clauses_that_held || CASE WHEN tier_if_unknown_held < tier THEN ['DATA_KURANG'] ELSE [] END AS tier_reasons,
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
        CASE WHEN NOT registered THEN 'UNREGISTERED' END,
        CASE WHEN no_head THEN 'NO_HEAD' END,
        CASE WHEN water_conflict THEN 'WATER_CONFLICT' END,
        CASE WHEN latrine_conflict THEN 'LATRINE_CONFLICT' END,
        CASE WHEN village.code IS NULL THEN 'VILLAGE_UNKNOWN' END
    ]::VARCHAR[], lambda one: one IS NOT NULL) AS quality_flags,
    $rule_version AS rule_version,
    $run_id AS run_id,
    NULL AS published_at
FROM tiered AS t
LEFT JOIN clean_records.region AS village ON village.code = t.village_code
LEFT JOIN clean_records.region AS kec ON kec.code = t.kec_code
LEFT JOIN clean_records.region AS kab ON kab.code = t.kab_code
LEFT JOIN clean_records.region AS province ON province.code = left(t.kab_code, 2);
