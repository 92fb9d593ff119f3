-- name: create_record
create table if not exists public.lensan_migration (
    name text primary key,
    sha256 text not null,
    run_at timestamptz not null default statement_timestamp()
);

-- name: done
select name, sha256 from public.lensan_migration;

-- name: record
insert into public.lensan_migration (name, sha256)
values (:name, :sha256)
on conflict (name) do update set sha256 = excluded.sha256, run_at = statement_timestamp();
