-- The statement that adds order lines to the kept sums one by one, or takes them back. p_lines: a query of lines with a
-- column sign, 1 or -1.
create or replace function core.add_sales(p_lines text) returns text
language sql immutable set search_path = '' as $$
    select core.add_sale_groups(
        format('select line.*, 1 as order_lines, null::text as counts_for from (%s) as line', p_lines))
$$;
comment on function core.add_sales(text) is 'The statement by which lines are added to the kept sums.';
