-- Deaths of mothers and of children under five, classified by age and phase (contracts §6.6, domain §2.6).
--
-- The women who died: whether within a pregnancy or 42 days after its end, and how long after a delivery. Births that
-- the register tells of count as well as H2, which forgets a pregnancy soon after its end.
CREATE OR REPLACE TEMP TABLE maternal_death AS
WITH
childbed AS (
    SELECT
        person_id,
        started_on,
        delivered_on,
        -- When a miscarriage was is not known.
        CASE
            WHEN delivered_on IS NOT NULL THEN delivered_on + $postpartum_days
            WHEN NOT coalesce(is_miscarried, false) THEN started_on + $pregnancy_days_from_last_period
        END AS until
    FROM pregnancy_facts
    WHERE started_on IS NOT NULL
    UNION ALL
    SELECT mother_person_id, birth_date, birth_date, birth_date + $postpartum_days
    FROM persons.person
    WHERE mother_person_id IN (SELECT person_id FROM death) AND birth_date IS NOT NULL
)
SELECT
    person_id,
    bool_or(d.died_on BETWEEN c.started_on AND c.until) AS in_childbed,
    max(c.delivered_on) FILTER (c.delivered_on <= d.died_on) AS delivered_on
FROM death AS d
JOIN childbed AS c USING (person_id)
WHERE d.sex IS DISTINCT FROM 'L'
GROUP BY person_id;

CREATE OR REPLACE TEMP TABLE classified_death AS
WITH
aged AS (
    SELECT
        d.*,
        d.died_on - d.birth_date AS age_days,
        date_sub('month', d.birth_date, d.died_on) AS age_months,
        m.in_childbed,
        d.died_on - m.delivered_on AS days_after_delivery,
        coalesce(d.delivered_kind = 'ibu', m.in_childbed, false) AS of_mother,
        list_has_any(words_of(d.cause), words_with('cause', true)) AS accidental,
        -- More than 42 days after the last delivery, and nothing speaks for another pregnancy.
        NOT coalesce(m.in_childbed, false)
            AND coalesce(d.phase = 'NIFAS', true)
            AND days_after_delivery BETWEEN $postpartum_days + 1 AND 365 AS after_childbed
    FROM death AS d
    LEFT JOIN maternal_death AS m USING (person_id)
)
SELECT
    *,
    CASE
        WHEN delivered_kind = 'lahir_mati' THEN 'lahir_mati'
        WHEN of_mother AND (accidental OR after_childbed) THEN NULL
        WHEN of_mother THEN 'ibu'
        WHEN age_days IS NULL THEN delivered_kind
        WHEN age_days < 7 THEN 'neonatal_dini'
        WHEN age_days < 28 THEN 'neonatal_lanjut'
        WHEN age_days < 365 THEN 'postneonatal'
        WHEN age_months < $balita_months THEN 'balita'
    END AS kind
FROM aged
-- Whom the civil register alone reports dead is one of them only where age or childbed says so.
WHERE list_contains(sources, 'H3') OR of_mother OR age_months < $balita_months;

-- The pregnancy that a mother died in, or that a child was born of, where H2 still tells of it.
CREATE OR REPLACE TEMP TABLE pregnancy_of_death AS
SELECT d.person_id, f.high_risk_pregnancy, f.risti_reasons, f.visits
FROM classified_death AS d
JOIN pregnancy_facts AS f
    ON f.person_id = CASE WHEN d.of_mother THEN d.person_id ELSE d.mother_person_id END
    AND CASE
        WHEN d.of_mother
        THEN d.died_on BETWEEN f.started_on
            AND coalesce(f.delivered_on, f.started_on + $birth_to_days) + $postpartum_days
        ELSE coalesce(d.birth_date, d.died_on)
            BETWEEN f.started_on + $birth_from_days AND f.started_on + $birth_to_days
    END
QUALIFY row_number() OVER (PARTITION BY d.person_id ORDER BY f.started_on DESC) = 1;

CREATE OR REPLACE TEMP TABLE mortality_event_row AS
SELECT
    strftime(d.died_on, '%Y-%m') AS period,
    k.id AS event_id,
    d.kab_code,
    d.kind,
    d.person_id,
    d.mother_person_id,
    d.died_on,
    d.age_days,
    CASE WHEN d.of_mother THEN coalesce(
        d.phase,
        CASE
            WHEN d.days_after_delivery > 0 THEN 'NIFAS'
            WHEN d.days_after_delivery = 0 THEN 'BERSALIN'
            WHEN d.in_childbed THEN 'HAMIL'
        END
    ) END AS phase,
    d.kec_code,
    d.village_code,
    d.place,
    d.cause,
    d.sources,
    d.delivered_kind,
    -- Nothing to compare where the age is not known.
    CASE
        WHEN d.of_mother OR d.kind = 'lahir_mati' OR d.age_days IS NOT NULL
        THEN d.delivered_kind <> coalesce(d.kind, 'none')
    END AS kind_disagree,
    d.late,
    p.high_risk_pregnancy,
    p.risti_reasons,
    p.visits AS anc_visits,
    c.krs
FROM classified_death AS d
JOIN event_key AS k ON k.text = d.kab_code || 'kematian' || d.person_id
LEFT JOIN pregnancy_of_death AS p USING (person_id)
LEFT JOIN persons.person AS mother ON mother.person_id = d.mother_person_id
LEFT JOIN targeting.family_status AS c ON c.family_id = coalesce(d.family_id, mother.family_id);
