-- The kabupaten whose civil register delivers numbers of birth certificates: elsewhere the column says nothing.
CREATE OR REPLACE TEMP TABLE kabupaten_with_certificates AS
SELECT DISTINCT kab_code FROM clean_records.dukcapil_penduduk WHERE birth_certificate_no IS NOT NULL;
