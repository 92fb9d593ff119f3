-- Adds the order lines that a file brought to the sums that are kept of them, once for all of it: while a file of
-- keys that nobody knows is copied, the trigger of core.order_line_version that would do so is off.
create or replace function core.add_sales_of_file(p_first_record_id bigint, p_last_record_id bigint)
returns void
language plpgsql
-- So soon after COPY nothing is known of the lines' number: each would ask all stalls for its own, and all be sorted.
set enable_nestloop = off
set enable_sort = off
set work_mem = '128MB'
as $$
begin
    execute core.add_sales(format(
        'select 1 as sign, line.* from core.order_line_version as line where line.record_id between %s and %s',
        p_first_record_id, p_last_record_id));
end
$$;
comment on function core.add_sales_of_file(bigint, bigint) is 'Adds order lines that were copied without triggers to the kept sums, by their record_id.';
