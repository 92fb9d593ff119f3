select exists (select 1 from pg_roles where rolname = :member) as known
