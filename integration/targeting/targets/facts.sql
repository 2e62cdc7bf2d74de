-- One row per target: the person or family, its facts, the flags of its family. The rules judge it afterwards.
CREATE OR REPLACE TEMP TABLE target_fact AS
SELECT
    $period AS period,
    $period_end AS period_end,
    $period_kind AS period_kind,
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
    h.days_since_measured,
    -- Who is not measured at all is not measured this month: H1 names every child that was.
    coalesce(h.days_since_measured <= $measured_in_month_days, false) AS measured_in_month,
    b.birth_date + to_months($vit_a_from_months) <= $last_vit_a_day AS vit_a_due,
    reg.has_birth_certificate,
    m.* EXCLUDE (person_id, muac_cm, extra_food, postpartum_contraception),
    coalesce(m.muac_cm, h.child_muac_cm) AS muac_cm,
    CASE b.subject_type WHEN 'balita' THEN h.pmt_kg_in_period > 0 WHEN 'ibu' THEN m.extra_food END AS extra_food,
    coalesce(m.postpartum_contraception, false) AS began_contraception,
    -- What H2 says of the mother herself, or that the state pays for somebody of the family.
    CASE WHEN m.jkn OR c.pbi_jkn THEN true ELSE coalesce(m.jkn, c.pbi_jkn) END AS has_jkn,
    CASE b.subject_type
        WHEN 'balita' THEN h.person_id IS NOT NULL
        WHEN 'ibu' THEN m.pregnant_source IS DISTINCT FROM 'K1' AND m.person_id IS NOT NULL
    END AS has_health_row,
    h.repaired,
    h.implausible_change,
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
LEFT JOIN mother_health AS m ON m.person_id = b.person_id AND b.subject_type = 'ibu'
LEFT JOIN child_registration AS reg ON reg.person_id = b.person_id AND b.subject_type = 'balita'
LEFT JOIN family_flags AS c ON c.family_id = b.family_id;
