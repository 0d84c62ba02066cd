#!/bin/sh
# Makes the login that the service uses; PostgreSQL's image runs this once, when its data folder is new.
set -eu
psql --set ON_ERROR_STOP=1 --set password="$APPLICATION_PASSWORD" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE pathway_app NOLOGIN;
CREATE ROLE pathway LOGIN PASSWORD :'password' IN ROLE pathway_app;
REVOKE ALL ON DATABASE pathway FROM PUBLIC;
GRANT CONNECT ON DATABASE pathway TO pathway_app;
SQL
