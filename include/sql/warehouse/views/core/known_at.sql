create or replace function core.known_at() returns timestamptz
language sql stable parallel safe as $$
    select coalesce(nullif(current_setting('lensan.known_at', true), '')::timestamptz, '9999-12-31 00:00+00')
$$;
comment on function core.known_at() is 'The moment whose knowledge the core views show: the session setting lensan.known_at, else now.';
