-- How new a record is, as a number below 2^60, the newest being the smallest: by the day it speaks of, the snapshot, and
-- the order of dataset, file, row and role, which is what record_id numbers.
CREATE OR REPLACE TEMP MACRO days_back(day, most) AS
  greatest(0, least(most, date_diff('day', day, DATE '2100-01-01')));

CREATE OR REPLACE TEMP MACRO recency(recorded_on, snapshot_date, record_id) AS
  days_back(recorded_on, 65535) * 17592186044416 + days_back(snapshot_date, 32767) * 536870912 + record_id;

-- One source before another, and the newest record of it.
CREATE OR REPLACE TEMP MACRO preferred(source_rank, recency) AS source_rank * 1152921504606846976 + recency;

CREATE OR REPLACE TEMP MACRO record_of(recency) AS recency % 536870912;

-- Numbers that are the same tomorrow.
CREATE OR REPLACE TEMP MACRO number_of(content) AS (md5_number_lower(content) >> 1)::BIGINT;

CREATE OR REPLACE TEMP MACRO kk_number(no_kk, kk_status) AS
  CASE WHEN kk_status IN ('valid', 'valid_foreign') THEN TRY_CAST(no_kk AS BIGINT) END;

CREATE OR REPLACE TEMP MACRO household_number(dataset, household_ref) AS
  100000000000000000 + (md5_number_lower(dataset || ' ' || household_ref) >> 2)::BIGINT;

CREATE OR REPLACE TEMP MACRO is_kk(family) AS family BETWEEN 0 AND 9999999999999999;
