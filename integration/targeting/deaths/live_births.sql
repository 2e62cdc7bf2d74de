-- Live births by month and village: those the civil register knows, those the health office reported, and together
-- (the denominator of AKI and AKB; domain §2.6). A reported birth is registered where the register has a child of the
-- woman, or of her family where the child's mother is not known, born about that day.
CREATE OR REPLACE TEMP TABLE registered_birth AS
SELECT p.person_id, any_value(r.kab_code) AS kab_code, p.birth_date, p.mother_person_id, p.family_id
FROM persons.person AS p
JOIN persons.person_source AS s USING (person_id)
JOIN clean_records.person_record AS r USING (record_id)
LEFT JOIN clean_records.dukcapil_mutasi AS c
    ON s.dataset = 'dukcapil_mutasi' AND c.source_file = s.source_file AND c.source_row_no = s.source_row_no
WHERE p.birth_date <= $period_end
    AND date_trunc('month', p.birth_date) > date_trunc('month', $period_end) - to_months($births_months)
    AND (s.dataset = 'dukcapil_penduduk' OR c.mutation = 'LAHIR')
    AND r.kab_code = coalesce($kab_code, r.kab_code)
GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE reported_birth AS
WITH
delivery AS (
    SELECT t.*, w.family_id
    FROM pregnancy_told AS t
    JOIN persons.person AS w USING (person_id)
    WHERE t.delivered_on IS NOT NULL AND t.live_births > 0 AND t.kab_code = coalesce($kab_code, t.kab_code)
),
child_of AS (
    SELECT d.person_id, d.pregnancy_no, d.delivered_on, b.birth_date
    FROM delivery AS d
    JOIN registered_birth AS b ON b.mother_person_id = d.person_id
    UNION ALL
    SELECT d.person_id, d.pregnancy_no, d.delivered_on, b.birth_date
    FROM delivery AS d
    JOIN registered_birth AS b ON b.family_id = d.family_id AND b.mother_person_id IS NULL
),
matched AS (
    SELECT person_id, pregnancy_no, count(*) AS children
    FROM child_of
    WHERE abs(birth_date - delivered_on) < $birth_from_days
    GROUP BY ALL
)
SELECT
    d.kab_code,
    d.delivered_on,
    CASE WHEN f.kec_code IS NOT NULL THEN f.village_code ELSE r.village_code END AS village_code,
    d.live_births,
    greatest(d.live_births - coalesce(m.children, 0), 0) AS unregistered
FROM delivery AS d
JOIN clean_records.person_record AS r USING (record_id)
LEFT JOIN persons.family AS f USING (family_id)
LEFT JOIN matched AS m USING (person_id, pregnancy_no);

CREATE OR REPLACE TEMP TABLE live_births_row AS
WITH
births AS (
    SELECT
        b.kab_code, f.village_code, b.birth_date AS born_on,
        1 AS registered, 0 AS reported, 0 AS reported_unregistered
    FROM registered_birth AS b
    LEFT JOIN persons.family AS f USING (family_id)
    UNION ALL
    SELECT kab_code, village_code, delivered_on, 0, live_births, unregistered FROM reported_birth
),
-- H2 holds every delivery of the month it was made for, and some of the months before.
reported_from AS (
    SELECT kab_code, max(period) AS period FROM clean_records.dinkes_ibu_hamil GROUP BY kab_code
),
counted AS (
    SELECT
        strftime(b.born_on, '%Y-%m') AS period,
        b.kab_code,
        b.village_code,
        sum(b.registered) AS registered,
        sum(b.reported) AS reported,
        sum(b.reported_unregistered) AS reported_unregistered
    FROM births AS b
    WHERE date_trunc('month', b.born_on) > date_trunc('month', $period_end) - to_months($births_months)
    GROUP BY ALL
)
SELECT
    c.*,
    left(c.village_code, 8) AS kec_code,
    c.registered + c.reported_unregistered AS live_births,
    coalesce(r.period <= c.period, false) AS fully_reported,
    CASE WHEN fully_reported THEN c.reported - c.registered END AS difference
FROM counted AS c
LEFT JOIN reported_from AS r USING (kab_code);
