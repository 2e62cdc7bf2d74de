-- The subjects that indicators and programmes count, one view for each: where they live (its kabupaten by the village
-- or kecamatan, else the one whose agencies told of them), and what conditions may ask for.
CREATE OR REPLACE TEMP MACRO kab_of(kab_code, kec_code, village_code) AS
    coalesce(left(coalesce(village_code, kec_code), 5), kab_code);
CREATE OR REPLACE TEMP MACRO kec_of(kec_code, village_code) AS coalesce(left(village_code, 8), kec_code);
CREATE OR REPLACE TEMP MACRO known_status(status) AS
    CASE WHEN status NOT IN ('tidak_wajar', 'tidak_diukur') THEN status END;

CREATE OR REPLACE TEMP VIEW counted_person AS
SELECT
    * REPLACE (kab_of(kab_code, kec_code, village_code) AS kab_code, kec_of(kec_code, village_code) AS kec_code),
    known_status(stunting_status) AS known_stunting,
    known_status(wasting_status) AS known_wasting,
    known_status(underweight_status) AS known_underweight,
    $gap_facts
FROM targeting.targeting
WHERE subject_type IN ('balita', 'ibu');

CREATE OR REPLACE TEMP VIEW counted_balita AS SELECT * FROM counted_person WHERE subject_type = 'balita';
CREATE OR REPLACE TEMP VIEW counted_ibu AS SELECT * FROM counted_person WHERE subject_type = 'ibu';

-- A family whose home nobody names is of the one kabupaten that delivered, if it was one.
CREATE OR REPLACE TEMP VIEW counted_families AS
WITH
children AS (
    SELECT
        family_id,
        CASE WHEN bool_or(is_stunted) THEN true WHEN count(*) = count(is_stunted) THEN false END AS has_stunted
    FROM targeting.targeting
    WHERE subject_type = 'balita'
    GROUP BY family_id
)
SELECT
    f.* REPLACE (
        coalesce(
            kab_of(f.kab_code, f.kec_code, f.village_code),
            (SELECT CASE WHEN count(DISTINCT kab_code) = 1 THEN min(kab_code) END FROM targeting.targeting)
        ) AS kab_code,
        kec_of(f.kec_code, f.village_code) AS kec_code
    ),
    CASE WHEN c.family_id IS NULL THEN false ELSE c.has_stunted END AS has_stunted
FROM targeting.family_status AS f
LEFT JOIN children AS c USING (family_id);

-- Open defecation of every village of the reference list; a village where one family is not known is not known to be
-- free of it (STBM).
CREATE OR REPLACE TEMP VIEW counted_villages AS
WITH
home AS (
    SELECT
        village_code,
        count(*) AS families,
        count(open_defecation) AS known,
        count(*) FILTER (open_defecation = 'babs_terbuka') AS open,
        count(*) FILTER (open_defecation = 'babs_tertutup') AS closed
    FROM counted_families
    GROUP BY village_code
)
SELECT
    r.kab_code,
    r.kec_code,
    r.code AS village_code,
    r.name AS village_name,
    coalesce(h.families, 0) AS families,
    coalesce(h.known, 0) AS known,
    coalesce(h.open, 0) AS open,
    coalesce(h.closed, 0) AS closed,
    CASE WHEN h.open > 0 THEN false WHEN h.known = h.families THEN true END AS odf
FROM counted_region AS r
LEFT JOIN home AS h ON h.village_code = r.code
WHERE r.region_level = 'desa';

-- Months are compared as texts, YYYY-MM.
CREATE OR REPLACE TEMP MACRO in_window(month, of_window) AS CASE of_window
    WHEN 'month' THEN month = $month
    WHEN 'year' THEN month <= $month AND left(month, 4) = left($month, 4)
    WHEN '12_months' THEN month <= $month AND month > $year_before
END;

CREATE OR REPLACE TEMP VIEW counted_deaths AS
SELECT
    * REPLACE (kab_of(kab_code, kec_code, village_code) AS kab_code, kec_of(kec_code, village_code) AS kec_code)
FROM targeting.mortality_event;

CREATE OR REPLACE TEMP VIEW counted_births AS
SELECT
    period,
    kab_of(kab_code, kec_code, village_code) AS kab_code,
    kec_of(kec_code, village_code) AS kec_code,
    village_code,
    live_births
FROM targeting.live_births;

-- The months for which the health agency reported deaths: of the others nobody knows how many died.
CREATE OR REPLACE TEMP VIEW counted_reports AS
SELECT DISTINCT kab_code, period
FROM agency_extracts.delivery
WHERE dataset = 'dinkes_kematian' AND status <> 'refused';
