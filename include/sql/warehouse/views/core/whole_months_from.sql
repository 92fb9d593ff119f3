create or replace function core.whole_months_from() returns date
language sql stable parallel safe as $$
    select coalesce(nullif(current_setting('lensan.whole_months_from', true), '')::date, '-infinity')
$$;
comment on function core.whole_months_from() is 'The first day from which kept sums are shown by whole months (session setting lensan.whole_months_from): figures/measuring says which days need no telling apart.';
