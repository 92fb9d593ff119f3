create or replace function core.lines_from() returns timestamptz
language sql stable parallel safe as $$
    select coalesce(
        nullif(current_setting('lensan.lines_from', true), '')::date::timestamp at time zone 'Asia/Ho_Chi_Minh',
        '-infinity')
$$;
comment on function core.lines_from() is 'The first moment of which sales are shown line by line (session setting lensan.lines_from, a day); not set: all.';
