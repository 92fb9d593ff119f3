create or replace function core.whole_months_until() returns date
language sql stable parallel safe as $$
    select coalesce(nullif(current_setting('lensan.whole_months_until', true), '')::date, '-infinity')
$$;
comment on function core.whole_months_until() is 'The first day from which kept sums are shown by days again (session setting lensan.whole_months_until); not set: all days.';
