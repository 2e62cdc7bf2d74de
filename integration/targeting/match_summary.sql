-- How the rows of each dataset and kecamatan found their person.
SELECT
    $run_id AS run_id,
    s.dataset,
    coalesce(r.kec_code, '-') AS kec_code,
    count(*) AS rows,
    count(*) FILTER (s.match_band = 'auto') AS auto,
    count(*) FILTER (s.match_band = 'review') AS review,
    count(*) FILTER (NOT s.registered) AS unlinked,
    avg((r.nik_status IN ('valid', 'valid_foreign'))::INT) AS share_valid_nik,
    $precision AS est_precision,
    $recall AS est_recall,
    $model_version AS model_version
FROM persons.person_source AS s
JOIN clean_records.person_record AS r USING (record_id)
GROUP BY s.dataset, coalesce(r.kec_code, '-')
