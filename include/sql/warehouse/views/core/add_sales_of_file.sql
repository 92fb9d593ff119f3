-- Adds the order lines that a file brought to the sums that are kept of them, once for all of it: while a file of
-- keys that nobody knows is copied, the trigger of core.order_line_version that would do so is off. The groups of its
-- lines stand in the temporary table sale_group.
create or replace function core.add_sales_of_file(p_platform text, p_record_id bigint)
returns void
language plpgsql as $$
begin
    execute core.add_sale_groups(format(
        'select 1 as sign, order_lines, counts_for, %L as platform, seller_id, product_id, status, completed_at,
                ordered_at, receiving_country_code, receiving_province_code, buyer_phone,
                round(quantity, quantity_scale) as quantity, round(weight_kg, weight_kg_scale) as weight_kg,
                round(amount_vnd, amount_vnd_scale) as amount_vnd, %s as record_id,
                ''infinity''::timestamptz as known_until
         from pg_temp.sale_group', p_platform, p_record_id));
end
$$;
comment on function core.add_sales_of_file(text, bigint) is 'Adds the lines in sale_group to the kept sums. p_record_id: any of the file that brought them.';
