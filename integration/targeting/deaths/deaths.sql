-- Every report of a death up to the reference day, and who died. A report is late where its month is after that of the
-- death.
CREATE OR REPLACE TEMP TABLE death_report AS
WITH
of_person AS (
    SELECT s.person_id, s.dataset, s.source_file, s.source_row_no, r.nik_birth_date, r.kec_code, r.village_code
    FROM persons.person_source AS s
    JOIN clean_records.person_record AS r USING (record_id)
    WHERE s.dataset IN ('dinkes_kematian', 'dukcapil_mutasi') AND s.role = 'self'
)
SELECT
    s.person_id,
    'H3' AS source,
    h.kab_code,
    h.period > strftime(h.died_on, '%Y-%m') OR coalesce(h.late, false) AS late,
    h.died_on,
    lower(h.delivered_kind) AS delivered_kind,
    h.birth_date,
    s.nik_birth_date,
    h.maternal_phase AS phase,
    h.place,
    h.cause,
    s.kec_code,
    s.village_code,
    -- The health office has looked into the death; of its reports the newest counts.
    {'rank': 1, 'on': h.snapshot_date, 'file': h.source_file, 'row': h.source_row_no} AS recency
FROM of_person AS s
JOIN clean_records.dinkes_kematian AS h USING (source_file, source_row_no)
WHERE s.dataset = 'dinkes_kematian' AND h.died_on <= $period_end
UNION ALL BY NAME
SELECT
    s.person_id,
    'C2' AS source,
    c.kab_code,
    strftime(coalesce(c.reported_on, c.snapshot_date), '%Y-%m') > strftime(c.event_on, '%Y-%m') AS late,
    c.event_on AS died_on,
    s.nik_birth_date,
    {'rank': 0, 'on': c.snapshot_date, 'file': c.source_file, 'row': c.source_row_no} AS recency
FROM of_person AS s
JOIN clean_records.dukcapil_mutasi AS c USING (source_file, source_row_no)
WHERE s.dataset = 'dukcapil_mutasi' AND c.mutation = 'MATI' AND c.event_on <= $period_end;

-- One row per person who died, with the best value of each thing. The birth date is the person's, unless it cannot be
-- the date of birth of whom the report calls a child; who has left the register has the one that the NIK spells.
CREATE OR REPLACE TEMP TABLE death AS
WITH
told AS (
    SELECT
        person_id,
        arg_max(kab_code, recency) AS kab_code,
        list_sort(list(DISTINCT source)) AS sources,
        bool_and(late) AS late,
        arg_max(died_on, recency) AS died_on,
        arg_max(delivered_kind, recency) AS delivered_kind,
        arg_max(birth_date, recency) AS birth_date,
        arg_max(nik_birth_date, recency) AS nik_birth_date,
        arg_max(phase, recency) AS phase,
        arg_max(place, recency) AS place,
        arg_max(cause, recency) AS cause,
        arg_max(kec_code, recency) AS kec_code,
        arg_max(village_code, recency) AS village_code
    FROM death_report
    WHERE kab_code = coalesce($kab_code, kab_code)
    GROUP BY person_id
)
SELECT
    t.* EXCLUDE (birth_date, nik_birth_date, kec_code, village_code),
    p.family_id,
    p.mother_person_id,
    p.sex,
    t.delivered_kind NOT IN ('ibu', 'lahir_mati') AS said_to_be_child,
    list_filter(
        [p.birth_date, t.birth_date, t.nik_birth_date],
        lambda born: born <= t.died_on
            AND (NOT coalesce(said_to_be_child, false) OR date_sub('month', born, t.died_on) < $balita_months)
    ) AS fitting,
    coalesce(
        fitting[1], list_filter([p.birth_date, t.birth_date, t.nik_birth_date], lambda born: born <= t.died_on)[1]
    ) AS birth_date,
    coalesce(f.kec_code, t.kec_code, mother_family.kec_code) AS kec_code,
    CASE
        WHEN f.kec_code IS NOT NULL THEN f.village_code
        WHEN t.kec_code IS NOT NULL THEN t.village_code
        ELSE mother_family.village_code
    END AS village_code
FROM told AS t
JOIN persons.person AS p USING (person_id)
LEFT JOIN persons.family AS f ON f.family_id = p.family_id
LEFT JOIN persons.person AS mother ON mother.person_id = p.mother_person_id
LEFT JOIN persons.family AS mother_family ON mother_family.family_id = mother.family_id;
