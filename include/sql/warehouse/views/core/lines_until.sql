create or replace function core.lines_until() returns timestamptz
language sql stable parallel safe as $$
    select coalesce(
        nullif(current_setting('lensan.lines_until', true), '')::date::timestamp at time zone 'Asia/Ho_Chi_Minh',
        'infinity')
$$;
comment on function core.lines_until() is 'The moment before which sales are shown line by line (session setting lensan.lines_until, a day); not set: all.';
