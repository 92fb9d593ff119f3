-- Empties a warehouse before a restore.
drop schema if exists mart cascade;
drop schema if exists core cascade;
drop schema if exists raw cascade;
drop schema if exists ops cascade;
drop table if exists public.lensan_migration
