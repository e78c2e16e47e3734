#!/bin/sh
# Run once by the postgres image on an empty volume: the tables' owner is no superuser, and the app's login is not the
# owner (`manage.py provision` makes that one).
set -eu
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -v pw="$OWNER_DB_PASSWORD" <<'SQL'
CREATE ROLE benefit_owner LOGIN CREATEROLE PASSWORD :'pw';
ALTER DATABASE benefit OWNER TO benefit_owner;
ALTER SCHEMA public OWNER TO benefit_owner;
SQL
