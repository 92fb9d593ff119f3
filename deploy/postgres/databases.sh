#!/bin/sh
# Run once by the postgres image, on an empty volume: a login and a database for Airflow and for the
# warehouse, neither of them a superuser. CREATEROLE is for `lensan roles`.
set -eu
# The passwords are read by psql itself: in its arguments every process could see them.
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\set airflow_password `cat /run/secrets/airflow_db_password`
\set warehouse_password `cat /run/secrets/warehouse_password`
create role airflow login password :'airflow_password';
create role lensan login createrole password :'warehouse_password';
create database airflow owner airflow;
create database warehouse owner lensan;
revoke all on database airflow, warehouse from public;
revoke connect on database postgres, template1 from public;
SQL
