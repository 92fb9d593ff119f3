create or replace function core.days_until() returns date
language sql stable parallel safe as $$
    select coalesce(nullif(current_setting('lensan.days_until', true), '')::date, 'infinity')
$$;
comment on function core.days_until() is 'The day before which kept sums are shown (session setting lensan.days_until); not set: all.';
