#!/bin/bash
# Run once by the PostgreSQL image, on an empty volume: the database that keeps the record of the runs, and its owner.
# The one that serves publications is made by hand (docs/postgres.md): its roles follow from the access policy.
set -eu
psql --no-psqlrc -v ON_ERROR_STOP=1 -U postgres <<'SQL'
\set password `cat /run/secrets/dagster`
CREATE ROLE padan_dagster LOGIN PASSWORD :'password';
CREATE DATABASE padan_dagster OWNER padan_dagster ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE padan_dagster FROM PUBLIC;
SQL
