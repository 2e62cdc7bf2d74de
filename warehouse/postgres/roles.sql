-- Padan in PostgreSQL: roles, rights and state. Made from the access policy @policy.
-- Kabupaten: @kabupaten
--
-- Run it as a superuser (or as a role with CREATEROLE that owns the database), connected to Padan's own database:
--     ./padan serve postgres --roles > padan-roles.sql
--     psql -d padan -v ON_ERROR_STOP=1 -f padan-roles.sql
-- Run it again whenever the policy names other recipients; what is there already is left as it is. There is no
-- password in it: set them afterwards in psql with \password, which sends a hash (SCRAM-SHA-256) and no clear text.

BEGIN;
SET LOCAL client_min_messages = warning;

-- Owners and groups: nobody logs in as one. @owner owns tables, padan_views_… the views of one recipient each; a
-- group is given to people.
DO $$
DECLARE
    name text;
    owners text[] := ARRAY[
        @owners
    ];
    groups text[] := ARRAY[
        @groups
    ];
BEGIN
    FOREACH name IN ARRAY owners || groups LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', name);
        END IF;
    END LOOP;
    -- The loader may become the owners, the doctor the groups; by themselves both may do nothing.
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '@loader') THEN
        CREATE ROLE @loader LOGIN NOINHERIT CONNECTION LIMIT 6;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '@doctor') THEN
        CREATE ROLE @doctor LOGIN NOINHERIT CONNECTION LIMIT 4;
    END IF;
    FOREACH name IN ARRAY owners LOOP
        EXECUTE format('GRANT %I TO @loader', name);
    END LOOP;
    FOREACH name IN ARRAY groups LOOP
        EXECUTE format('GRANT %I TO @doctor', name);
    END LOOP;
    GRANT pg_read_all_settings TO @doctor;
    -- Nobody but Padan's own roles may come in, and nobody but the owner may make anything.
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CREATE ON DATABASE %I TO @owner', current_database());
    FOREACH name IN ARRAY ARRAY['@loader', '@doctor'] || groups LOOP
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), name);
    END LOOP;
END
$$;
REVOKE ALL ON SCHEMA public FROM PUBLIC;

-- Large objects: by default anybody may make some, and nobody here needs any. Only a superuser can take that back.
DO $$
BEGIN
    REVOKE EXECUTE ON FUNCTION lo_create(oid), lo_creat(integer), lo_from_bytea(oid, bytea), lo_open(oid, integer),
        lo_put(oid, bigint, bytea), lo_unlink(oid) FROM PUBLIC;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE WARNING 'large objects stay open to everybody who may connect: a superuser must run this part';
END
$$;

-- What was loaded, and the lock of loads. Only the owner may look.
CREATE SCHEMA IF NOT EXISTS @state AUTHORIZATION @owner;
CREATE SEQUENCE IF NOT EXISTS @state.generation;
CREATE TABLE IF NOT EXISTS @state.loads (
    generation bigint PRIMARY KEY,
    version text NOT NULL,
    policy text NOT NULL,
    fingerprint text NOT NULL,
    loaded_at timestamptz NOT NULL DEFAULT now()
);
ALTER SEQUENCE @state.generation OWNER TO @owner;
ALTER TABLE @state.loads OWNER TO @owner;

-- A report that runs away is ended. A user can raise these for a session; CONNECTION LIMIT and a watchdog hold besides.
ALTER ROLE @loader SET statement_timeout = 0;

COMMIT;

-- ---------------------------------------------------------------------------------------------------------------------
-- People. One log-in for each person, never one for an office; the group says what they see.
--     CREATE ROLE budi LOGIN CONNECTION LIMIT 5 VALID UNTIL '2027-12-31' IN ROLE @example;
--     ALTER ROLE budi SET statement_timeout = '2min';
--     ALTER ROLE budi SET idle_in_transaction_session_timeout = '10min';
--     ALTER ROLE budi SET search_path = padan_RECIPIENT;
--     \password budi
--
-- Who leaves:  DROP ROLE budi;  or  REVOKE @example FROM budi;
--
-- postgresql.conf (then restart):
--     ssl = on
--     password_encryption = 'scram-sha-256'
--     shared_preload_libraries = 'pgaudit'      -- with more than one, in the file: 'pgaudit, auth_delay'. Never by
--                                               -- ALTER SYSTEM SET … = 'pgaudit, auth_delay': that quotes both as one
--                                               -- name, and the server does not start any more.
--     pgaudit.log = 'read, write, ddl, role'
--     pgaudit.log_relation = on                 -- one line for each table that a query reads
--     pgaudit.log_catalog = off
--     pgaudit.log_parameter = off               -- a looked-up NIK is a parameter: keep it out of the log
--     log_connections = on
--     log_disconnections = on
--     log_line_prefix = '%m [%p] user=%u,db=%d,app=%a,client=%h '
--     auth_delay.milliseconds = 500             -- with auth_delay preloaded: half a second for each wrong password
--
-- pg_hba.conf: only over TLS, only with SCRAM, only from the networks of the agencies; nothing else below.
--     # TYPE   DATABASE  USER           ADDRESS        METHOD
--     hostssl  padan     padan_loader   127.0.0.1/32   scram-sha-256
--     hostssl  padan     all            10.35.9.0/24   scram-sha-256
--     host     all       all            all            reject
