-- The rows of agencies about a person, those that speak for the family, and those about its head; each once.
CREATE OR REPLACE TEMP TABLE delivered_record AS
WITH
spoken AS (
    SELECT person_id, record_id FROM persons.person_source
),
judged AS (
    SELECT
        r.*,
        r.record_id IN (SELECT record_id FROM spoken WHERE person_id = $person) AS own,
        r.role = 'head'
        AND r.dataset IN ('dtsen_keluarga', 'p3ke_keluarga', 'siga_krs')
        AND (r.dataset, r.household_ref) IN (
            SELECT (dataset, household_ref) FROM persons.family_source WHERE family_id = $family
        ) AS family,
        r.record_id IN (
            SELECT record_id FROM spoken JOIN persons.family ON head_person_id = person_id WHERE family_id = $family
        ) AS head
    FROM clean_records.person_record AS r
)
FROM judged WHERE own OR family OR head;
