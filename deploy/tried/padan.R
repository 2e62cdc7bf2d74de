# Read Padan in PostgreSQL with R: Rscript deploy/tried/padan.R, with PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD,
# PGSSLMODE and PGSSLROOTCERT in the environment (libpq reads them).
library(RPostgreSQL)
padan <- dbConnect(dbDriver("PostgreSQL"))
print(dbGetQuery(padan, "SELECT current_user, ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"))
print(dbGetQuery(padan, "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"))
targets <- dbGetQuery(padan, "SELECT target_id, nik, birth_date, haz, is_stunted, tier, kec_name,
                                     array_to_string(gaps, ', ') AS gaps FROM targeting_bnba")
print(sapply(targets, class))
print(unique(nchar(targets$nik)))
print(table(targets$tier, targets$is_stunted, useNA = "ifany"))
print(dbGetQuery(padan, "SELECT gap, count(*) FROM targeting_bnba, unnest(gaps) AS gap GROUP BY gap ORDER BY gap"))
dbDisconnect(padan)
