create or replace function core.sales_shown() returns text
language sql stable parallel safe as $$
    select case when nullif(current_setting('lensan.known_at', true), '') is not null then 'by line'
                else coalesce(nullif(current_setting('lensan.sales', true), ''), 'as sums') end
$$;
comment on function core.sales_shown() is 'How sales are shown: as sums, as the same sums each month apart, by file or by line (session setting lensan.sales); of a past moment always by line.';
