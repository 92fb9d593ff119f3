create table if not exists public.lensan_migration (
    name text primary key,
    sha256 text not null,
    run_at timestamptz not null default statement_timestamp()
)
