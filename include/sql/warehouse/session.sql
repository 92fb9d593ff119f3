-- name: lock
select pg_advisory_xact_lock(:key);

-- name: set_known_at
-- The moment whose knowledge the core views show in this session; empty means now.
select set_config('lensan.known_at', :known_at, false);
