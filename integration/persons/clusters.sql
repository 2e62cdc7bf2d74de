-- Records from the newest to the oldest; ties by file and row, so that the order of the records changes nothing.
CREATE OR REPLACE TEMP TABLE newest AS
SELECT record_id, row_number() OVER (ORDER BY recorded_on DESC, snapshot_date DESC, dataset, file, source_row_no, role)
  AS recency
FROM (SELECT *, regexp_replace(source_file, '.*/', '') AS file FROM clean_records.person_record);

-- The cluster of every record: the smallest record of its connected component (`connected`), or itself.
CREATE OR REPLACE TEMP TABLE clustered AS
SELECT
  p.*,
  coalesce(connected.cluster, p.record_id) AS cluster,
  recency,
  p.dataset = 'dukcapil_penduduk' AS of_register,
  concat_ws('|', p.dataset, regexp_replace(p.source_file, '.*/', ''), lpad(p.source_row_no::VARCHAR, 9, '0'), p.role)
    AS row_text,
  p.nik_status IN ('valid', 'valid_foreign') AS nik_is_valid,
  CASE WHEN p.kk_status IN ('valid', 'valid_foreign') THEN p.no_kk END AS kk,
  coalesce(CASE p.role WHEN 'head' THEN '1' WHEN 'wife' THEN '3' END, p.relationship) AS place_in_family,
  -- Which source survives (contracts.md §6.1 A): the first by these, and the newest row of it.
  1e12::BIGINT * CASE WHEN p.dataset = 'dukcapil_penduduk' THEN 1 ELSE 2 END + recency AS register_first,
  1e12::BIGINT * CASE p.dataset WHEN 'dukcapil_penduduk' THEN 1 WHEN 'dtsen_keluarga' THEN 2 WHEN 'dtsen_anggota' THEN 2
    WHEN 'p3ke_keluarga' THEN 2 WHEN 'siga_krs' THEN 3 WHEN 'dukcapil_mutasi' THEN 5 ELSE 4 END + recency
    AS identity_order,
  1e12::BIGINT * CASE p.dataset WHEN 'dukcapil_penduduk' THEN 1 WHEN 'dinkes_balita' THEN 2 WHEN 'dinkes_ibu_hamil' THEN 3
    WHEN 'dtsen_anggota' THEN 4 ELSE 5 END + recency AS birth_order,
  1e12::BIGINT * CASE p.dataset WHEN 'dukcapil_penduduk' THEN 1 WHEN 'siga_krs' THEN 2 WHEN 'dinkes_balita' THEN 3
    ELSE 4 END + recency AS parent_order
FROM clean_records.person_record AS p
JOIN newest USING (record_id)
LEFT JOIN connected ON connected.node = p.record_id;

-- What stays the same of a person from night to night: the NIK of a register person, else the first row.
-- A number that two register persons carry is no identity.
CREATE OR REPLACE TEMP TABLE cluster_text AS
WITH summed AS (
  SELECT
    cluster,
    bool_or(of_register) AS registered,
    arg_max(nik, (snapshot_date, row_text)) FILTER (of_register AND nik_is_valid) AS register_nik,
    min(row_text) FILTER (of_register) AS first_register_row,
    min(row_text) AS first_row
  FROM clustered
  GROUP BY cluster
)
SELECT
  cluster,
  registered,
  CASE WHEN register_nik IS NOT NULL AND count(*) OVER (PARTITION BY register_nik) = 1
       THEN 'nik ' || register_nik ELSE 'row ' || coalesce(first_register_row, first_row) END AS text,
  register_nik
FROM summed;
