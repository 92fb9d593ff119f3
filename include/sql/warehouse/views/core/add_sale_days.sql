-- Adds the order lines that a file brought to the days that are kept of them, once for all of it: while a file of
-- keys that nobody knows is copied, the trigger of core.order_line_version that would do so is off.
create or replace function core.add_sale_days(p_first_record_id bigint, p_last_record_id bigint)
returns void
language sql
-- So soon after COPY nothing is known of the lines' number: a sort of all of them would be chosen.
set enable_sort = off
as $$
    insert into core.sale_day as kept
    select platform, seller_id, product_id, (completed_at at time zone 'Asia/Ho_Chi_Minh')::date as completed_on,
           receiving_country_code, receiving_province_code, count(*), coalesce(sum(weight_kg), 0),
           coalesce(sum(quantity) filter (where weight_kg is null), 0)
    from core.order_line_version
    where record_id between p_first_record_id and p_last_record_id
      and status = 'completed' and completed_at is not null and known_until = 'infinity'
    group by platform, seller_id, product_id, completed_on, receiving_country_code, receiving_province_code
    on conflict (completed_on, platform, product_id, seller_id, receiving_country_code, receiving_province_code)
    do update set order_lines = kept.order_lines + excluded.order_lines,
                  weight_kg = kept.weight_kg + excluded.weight_kg,
                  unweighed_quantity = kept.unweighed_quantity + excluded.unweighed_quantity
$$;
comment on function core.add_sale_days(bigint, bigint) is 'Adds order lines that were copied without triggers to core.sale_day, by their record_id.';
