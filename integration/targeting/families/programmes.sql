-- Which help reaches a family: S1 names programmes, S2 says of each member whether the state pays the JKN, K1 lists
-- the assistance of the TPK. An empty cell says nothing: it is never "no help".
CREATE OR REPLACE TEMP TABLE family_programmes AS
WITH
dtsen AS (
    SELECT
        family_id,
        list_transform(regexp_split_to_array(upper(programmes), '[,;]'), lambda one: trim(one)) AS named,
        list_has_any(named, [$pbi_jkn_names]) AS names_pbi
    FROM family_s1
),
of_members AS (
    SELECT p.family_id, any_true(m.pbi_national OR m.pbi_local) AS pbi
    FROM persons.person_source AS s
    JOIN clean_records.dtsen_anggota AS m USING (source_file, source_row_no)
    JOIN living_person AS p USING (person_id)
    WHERE s.dataset = 'dtsen_anggota'
    GROUP BY p.family_id
),
siga AS (
    SELECT family_id, nullif(regexp_extract_all(assistance, '[0-9]+'), []) AS codes FROM family_k1
)
SELECT
    f.family_id,
    list_has_any(d.named, [$pkh_names]) AS pkh,
    list_has_any(d.named, [$bpnt_names]) AS bpnt,
    CASE WHEN d.names_pbi OR m.pbi THEN true ELSE coalesce(m.pbi, d.names_pbi) END AS pbi_jkn,
    list_has_any(d.named, [$blt_dd_names]) AS blt_dd,
    len(list_filter(k.codes, lambda code: code <> $assistance_none)) > 0 AS tpk_assisted,
    list_contains(k.codes, $assistance_referral) AS referred_by_tpk,
    list_contains(k.codes, $assistance_food) AS food_by_tpk,
    d.family_id IS NOT NULL OR m.family_id IS NOT NULL AS known_to_dtsen,
    k.family_id IS NOT NULL AS known_to_siga
FROM family_members AS f
LEFT JOIN dtsen AS d USING (family_id)
LEFT JOIN of_members AS m USING (family_id)
LEFT JOIN siga AS k USING (family_id);
