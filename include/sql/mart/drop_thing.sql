drop view if exists pg_temp.thing
