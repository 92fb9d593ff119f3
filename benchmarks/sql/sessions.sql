-- The processes of PostgreSQL that serve this database. Grain: one row per session.
select pid from pg_stat_activity where datname = current_database();
