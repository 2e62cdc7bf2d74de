-- What H2 and H3 mean in free text: by the whole text that there is no `complication`; by a word of it that a modern
-- method of `contraception` is used, or that the `cause` of a death was an accident.
CREATE OR REPLACE TEMP TABLE mother_word AS SELECT * FROM read_csv($mother_words, header = true);

CREATE OR REPLACE TEMP MACRO words_with(about, answer) AS (
    SELECT list(word) FROM mother_word WHERE "column" = about AND says = answer
);
CREATE OR REPLACE TEMP MACRO words_of(text) AS regexp_extract_all(upper(text), '[A-Z]+');

-- '110/70', '120/8O', '110 - 70 mmHg': upper and lower pressure in mmHg; null where it is no pressure.
CREATE OR REPLACE TEMP MACRO pressure_part(text, part) AS try_cast(
    regexp_extract(replace(upper(text), 'O', '0'), '([0-9]{2,3})\s*[-/\\]\s*([0-9]{2,3})', part) AS INTEGER
);
CREATE OR REPLACE TEMP MACRO systolic(text) AS CASE
    WHEN pressure_part(text, 1) BETWEEN 60 AND 260 AND pressure_part(text, 2) < pressure_part(text, 1)
    THEN pressure_part(text, 1)
END;
CREATE OR REPLACE TEMP MACRO diastolic(text) AS CASE
    WHEN pressure_part(text, 2) BETWEEN 30 AND 160 AND systolic(text) IS NOT NULL THEN pressure_part(text, 2)
END;

-- Each pregnancy of H2 with the newest that is known of each thing (arg_max passes over nulls), and each woman who
-- is pregnant by K1 alone.
CREATE OR REPLACE TEMP TABLE pregnancy_told AS
SELECT
    person_id,
    pregnancy_no,
    arg_max(kab_code, recency) AS kab_code,
    arg_max(record_id, recency) AS record_id,
    arg_max(snapshot_date, recency) AS snapshot_date,
    arg_max(started_on, recency) AS started_on,
    arg_max(last_period_on, recency) AS last_period_on,
    arg_max(ended_on, recency) AS delivered_on,
    bool_or(is_over) AS is_over,
    bool_or(is_open) AS is_open,
    bool_or(pregnancy_status = 'ABORTUS') AS is_miscarried,
    bool_or(pregnancy_status = 'HAMIL' AND NOT is_believed) AS is_too_long,
    arg_max(due_on, recency) AS due_on,
    arg_max(gestational_weeks_source, recency) AS weeks_source,
    arg_max(age_years, recency) AS age_years,
    arg_max(gravida, recency) AS gravida,
    arg_max(parity, recency) AS parity,
    arg_max(interval_years, recency) AS interval_years,
    arg_max(height_cm, recency) AS height_cm,
    arg_max(muac_cm, recency) AS muac_cm,
    arg_max(hb, recency) AS hb,
    arg_max(systolic(blood_pressure), recency) AS systolic,
    arg_max(diastolic(blood_pressure), recency) AS diastolic,
    arg_max(complication, recency) AS complication,
    max(registered_on) FILTER (registered_on <= $period_end) AS registered_on,
    max(k1_on) FILTER (k1_on <= $period_end) AS k1_on,
    max(k4_on) FILTER (k4_on <= $period_end) AS k4_on,
    max(k6_on) FILTER (k6_on <= $period_end) AS k6_on,
    max(anc_visits) AS anc_visits,
    max(iron_tablets) AS iron_tablets,
    any_true(extra_food) AS extra_food,
    arg_max(jkn, recency) AS jkn,
    arg_max(kspr, recency) AS kspr,
    arg_max(live_births, recency) AS live_births,
    arg_max(postpartum_contraception, recency) AS contraception
FROM pregnancy_row
GROUP BY person_id, pregnancy_no
UNION ALL BY NAME
SELECT person_id, 0 AS pregnancy_no FROM pregnancy WHERE pregnant AND NOT in_h2;

-- The risks and the care of each pregnancy.
CREATE OR REPLACE TEMP TABLE pregnancy_facts AS
WITH
dated AS (
    SELECT
        t.*,
        -- Visits, tablets and Hb are as of the row, which may be older than the reference day.
        least(t.snapshot_date, t.delivered_on, $period_end) AS told_on,
        CASE
            WHEN told_on - t.last_period_on BETWEEN 0 AND $pregnancy_days_from_last_period
            THEN (told_on - t.last_period_on) // 7
            WHEN t.last_period_on IS NULL THEN t.weeks_source
        END AS weeks_then,
        coalesce(
            date_sub('year', p.birth_date, coalesce(t.started_on, $period_end)), t.age_years
        ) AS age_at_start
    FROM pregnancy_told AS t
    JOIN persons.person AS p USING (person_id)
),
judged AS (
    SELECT
        *,
        age_at_start < $young_mother_below_years AS young,
        age_at_start >= $old_mother_from_years AS old,
        height_cm < $short_mother_below_cm AS short,
        parity >= $parity_from AS many_births,
        CASE WHEN parity = 0 OR gravida = 1 THEN false ELSE interval_years < $interval_below_years END AS soon_again,
        muac_cm < $kek_below_cm AS kek,
        CASE
            WHEN hb < least($anemia_below, $anemia_below_trimester_2) THEN true
            WHEN hb >= greatest($anemia_below, $anemia_below_trimester_2) THEN false
            WHEN weeks_then BETWEEN $trimester_2_from_weeks AND $trimester_2_to_weeks
            THEN hb < $anemia_below_trimester_2
            WHEN weeks_then IS NOT NULL THEN hb < $anemia_below
        END AS anemia,
        systolic >= $systolic_from OR diastolic >= $diastolic_from AS high_pressure,
        kspr >= $kspr_from AS high_score,
        NOT list_contains(
            words_with('complication', false), array_to_string(words_of(complication), ' ')
        ) AS complicated,
        -- The number counts; without it the dates say the least there were.
        CASE
            WHEN anc_visits IS NOT NULL THEN anc_visits
            WHEN k6_on IS NOT NULL THEN 6
            WHEN k4_on IS NOT NULL THEN 4
            WHEN k1_on IS NOT NULL THEN 1
        END AS visits,
        CASE
            WHEN delivered_on IS NOT NULL THEN $visits_at_delivery
            WHEN weeks_then >= $fourth_visit_by_weeks THEN 4
            WHEN weeks_then > $first_visit_by_weeks THEN 1
            WHEN weeks_then IS NOT NULL THEN 0
        END AS visits_due
    FROM dated
)
SELECT
    *,
    list_filter([
        CASE WHEN young THEN 'MUDA' END,
        CASE WHEN old THEN 'TUA' END,
        CASE WHEN short THEN 'PENDEK' END,
        CASE WHEN many_births THEN 'PARITAS' END,
        CASE WHEN soon_again THEN 'DEKAT' END,
        CASE WHEN kek THEN 'KEK' END,
        CASE WHEN anemia THEN 'ANEMIA' END,
        CASE WHEN high_pressure THEN 'TENSI' END,
        CASE WHEN high_score THEN 'KSPR' END,
        CASE WHEN complicated THEN 'KOMPLIKASI' END
    ]::VARCHAR[], lambda one: one IS NOT NULL) AS risti_reasons,
    -- The score and the complications are written down where there is something to write; all else must be known
    -- before a pregnancy is called safe.
    young OR old OR short OR many_births OR soon_again OR kek OR anemia OR high_pressure
        OR coalesce(high_score, false) OR coalesce(complicated, false) AS high_risk_pregnancy,
    -- A first visit that came late is made up for.
    CASE
        WHEN visits >= coalesce(visits_due, $visits_at_delivery) THEN false
        WHEN anc_visits IS NOT NULL THEN visits < visits_due
    END AS anc_behind,
    CASE
        WHEN iron_tablets >= $iron_tablets THEN false
        WHEN weeks_then IS NOT NULL THEN iron_tablets < $iron_tablets * least(weeks_then * 7 / $pregnancy_days, 1)
    END AS iron_behind,
    CASE
        WHEN list_has_any(words_of(contraception), words_with('contraception', false)) THEN false
        WHEN list_has_any(words_of(contraception), words_with('contraception', true)) THEN true
    END AS postpartum_contraception
FROM judged;

-- One row per woman of H2, or pregnant by K1, of the pregnancy that counts: the open one, else the one delivered
-- lately, else the newest (contracts §6.1 B).
CREATE OR REPLACE TEMP TABLE mother_health AS
SELECT
    w.person_id,
    w.pregnant,
    CASE WHEN w.pregnant THEN coalesce(w.postpartum, false) ELSE w.postpartum END AS postpartum,
    CASE WHEN w.pregnant IS NOT NULL THEN CASE WHEN w.in_h2 THEN 'H2' ELSE 'K1' END END AS pregnant_source,
    CASE
        WHEN w.pregnant AND $period_end - f.last_period_on BETWEEN 0 AND $pregnancy_days_from_last_period
        THEN ($period_end - f.last_period_on) // 7
    END AS gestational_weeks,
    f.muac_cm,
    f.hb,
    f.kek,
    f.anemia,
    f.high_risk_pregnancy,
    f.risti_reasons,
    greatest(f.registered_on, f.k1_on, f.k4_on, f.k6_on) AS last_contact_on,
    CASE
        WHEN coalesce(f.k1_on, f.k4_on, f.k6_on) IS NULL THEN f.anc_behind
        ELSE $period_end - greatest(f.registered_on, f.k1_on, f.k4_on, f.k6_on) > $contact_days
    END AS no_contact_lately,
    f.jkn <> 'TIDAK' AS jkn,
    f.visits AS anc_visits,
    f.iron_tablets,
    f.anc_behind,
    f.iron_behind,
    f.extra_food,
    f.postpartum_contraception,
    -- A due date far from HPHT + 280 is a slip.
    CASE WHEN NOT coalesce(f.is_over, false) THEN
        CASE
            WHEN abs(f.due_on - (f.last_period_on + $pregnancy_days)) > $due_date_off_days
            THEN f.last_period_on + $pregnancy_days
            ELSE coalesce(f.due_on, f.last_period_on + $pregnancy_days)
        END
    END AS due_on,
    f.delivered_on,
    list_filter([
        CASE WHEN f.age_at_start NOT BETWEEN $pus_from_years AND $pus_to_years THEN 'MOTHER_AGE' END,
        CASE WHEN f.is_too_long AND NOT f.is_over THEN 'PREGNANCY_TOO_LONG' END,
        CASE WHEN count(*) FILTER (f.is_open) OVER (PARTITION BY person_id) > 1 THEN 'SEVERAL_PREGNANCIES' END
    ]::VARCHAR[], lambda one: one IS NOT NULL) AS mother_flags
FROM pregnancy AS w
JOIN pregnancy_facts AS f USING (person_id)
QUALIFY row_number() OVER (
    PARTITION BY person_id
    ORDER BY
        coalesce(f.is_open, false) DESC,
        coalesce(f.delivered_on >= $period_end - $postpartum_days, false) DESC,
        f.started_on DESC
) = 1;
