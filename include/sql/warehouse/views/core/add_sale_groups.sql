-- The statement that adds order lines to the kept sums, or takes them back (docs/decisions/0019-sales-by-day.md).
-- p_groups: a query with the columns of core.order_line_version, sign (1 or -1), order_lines and counts_for. A row
-- stands for order_lines lines that are alike: its quantity, weight and amount are added up over them, and all or
-- none of them have each. counts_for: which sums it is for, listing, category, place or buyer; null: for all. The
-- statement gives the days between which sums have become none. A text, since the rows that a trigger is told of can
-- be read in the trigger alone. A line that stays what it is changes nothing.
create or replace function core.add_sale_groups(p_groups text) returns text
language sql immutable set search_path = '' as $function$
    select format($statement$
        with line as materialized (
            select line.sign * line.order_lines as order_lines, line.counts_for, line.platform, line.seller_id,
                   line.product_id, line.status, stall.is_counted, stall.unit_code,
                   listing.product_group, listing.category_key, line.receiving_country_code, line.receiving_province_code,
                   line.buyer_phone,
                   (line.completed_at at time zone 'Asia/Ho_Chi_Minh')::date as completed_on,
                   (line.ordered_at at time zone 'Asia/Ho_Chi_Minh')::date as ordered_on,
                   line.sign * coalesce(line.weight_kg, line.quantity * listing.net_weight_kg) as weight_kg,
                   line.sign * line.amount_vnd as amount_vnd,
                   coalesce(line.weight_kg, line.quantity * listing.net_weight_kg) > 0 as is_weighed,
                   (line.record_id >> 32)::integer as file_id
            from (%s) as line
            left join core.sale_stall as stall using (platform, seller_id)
            left join core.sale_listing as listing using (platform, product_id)
            where line.known_until = 'infinity'
        ),
        kept_listing as (
            insert into core.sold_listing as kept
            select platform, seller_id, product_id, sum(order_lines)
            from line
            where counts_for is null or counts_for = 'listing'
            group by platform, seller_id, product_id
            having sum(order_lines) <> 0
            order by platform, seller_id, product_id
            on conflict (platform, seller_id, product_id)
            do update set order_lines = kept.order_lines + excluded.order_lines
        ),
        kept_change as (
            insert into core.sale_change as kept
            select changed_on, 1
            from (
                select completed_on as changed_on from line
                union
                select ordered_on from line
            ) as changed
            where changed_on is not null
            order by changed_on
            on conflict (changed_on) do update set changes = kept.changes + 1
        ),
        category_day as (
            select completed_on, unit_code, product_group, category_key, sum(order_lines) as order_lines,
                   coalesce(sum(weight_kg), 0) as weight_kg,
                   coalesce(sum(amount_vnd) filter (where is_weighed), 0) as amount_vnd,
                   coalesce(sum(weight_kg) filter (where amount_vnd is not null), 0) as priced_weight_kg
            from line
            where (counts_for is null or counts_for = 'category')
              and status = 'completed' and completed_on is not null and is_counted and product_group is not null
            group by completed_on, unit_code, product_group, category_key
        ),
        category as (
            select false as is_month, completed_on as first_on, unit_code, product_group, category_key,
                   order_lines, weight_kg, amount_vnd, priced_weight_kg
            from category_day
            union all
            select true, date_trunc('month', completed_on)::date as first_on, unit_code, product_group, category_key,
                   sum(order_lines), sum(weight_kg), sum(amount_vnd), sum(priced_weight_kg)
            from category_day
            group by date_trunc('month', completed_on)::date, unit_code, product_group, category_key
        ),
        kept_category as (
            insert into core.sale_by_category as kept
            select *
            from category
            where (order_lines, weight_kg, amount_vnd, priced_weight_kg) <> (0, 0, 0, 0)
            order by is_month, first_on, unit_code, product_group, category_key
            on conflict (is_month, first_on, unit_code, product_group, category_key)
            do update set order_lines = kept.order_lines + excluded.order_lines,
                          weight_kg = kept.weight_kg + excluded.weight_kg,
                          amount_vnd = kept.amount_vnd + excluded.amount_vnd,
                          priced_weight_kg = kept.priced_weight_kg + excluded.priced_weight_kg
            returning first_on, order_lines
        ),
        place_day as (
            select completed_on, unit_code, product_group, receiving_country_code, receiving_province_code,
                   sum(order_lines) as order_lines
            from line
            where (counts_for is null or counts_for = 'place')
              and status = 'completed' and completed_on is not null and is_counted and product_group is not null
            group by completed_on, unit_code, product_group, receiving_country_code, receiving_province_code
        ),
        place as (
            select false as is_month, completed_on as first_on, unit_code, product_group, receiving_country_code,
                   receiving_province_code, order_lines
            from place_day
            union all
            select true, date_trunc('month', completed_on)::date as first_on, unit_code, product_group,
                   receiving_country_code, receiving_province_code, sum(order_lines)
            from place_day
            group by date_trunc('month', completed_on)::date, unit_code, product_group, receiving_country_code,
                     receiving_province_code
        ),
        kept_place as (
            insert into core.sale_by_place as kept
            select *
            from place
            where order_lines <> 0
            order by is_month, first_on, unit_code, product_group, receiving_country_code, receiving_province_code
            on conflict (is_month, first_on, unit_code, product_group, receiving_country_code,
                         receiving_province_code)
            do update set order_lines = kept.order_lines + excluded.order_lines
            returning first_on, order_lines
        ),
        file_day as (
            select completed_on, product_group, receiving_country_code, receiving_province_code is not null as has_province,
                   file_id, sum(order_lines) as order_lines
            from line
            where (counts_for is null or counts_for = 'place')
              and status = 'completed' and completed_on is not null and is_counted and product_group is not null
            group by completed_on, product_group, receiving_country_code, receiving_province_code is not null, file_id
        ),
        file as (
            select false as is_month, completed_on as first_on, product_group, receiving_country_code, has_province,
                   file_id, order_lines
            from file_day
            union all
            select true, date_trunc('month', completed_on)::date as first_on, product_group, receiving_country_code,
                   has_province, file_id, sum(order_lines)
            from file_day
            group by date_trunc('month', completed_on)::date, product_group, receiving_country_code, has_province, file_id
        ),
        kept_file as (
            insert into core.sale_by_file as kept
            select *
            from file
            where order_lines <> 0
            order by is_month, first_on, product_group, receiving_country_code, has_province, file_id
            on conflict (is_month, first_on, product_group, receiving_country_code, has_province, file_id)
            do update set order_lines = kept.order_lines + excluded.order_lines
            returning first_on, order_lines
        ),
        input_day as (
            select ordered_on, buyer_phone, file_id, sum(order_lines) as order_lines
            from line
            where (counts_for is null or counts_for = 'buyer')
              and product_group = 'input' and status not in ('cancelled', 'returned') and ordered_on is not null
              and buyer_phone is not null and is_counted is not null
            group by ordered_on, buyer_phone, file_id
        ),
        input as (
            select false as is_month, ordered_on as first_on, buyer_phone, file_id, order_lines
            from input_day
            union all
            select true, date_trunc('month', ordered_on)::date as first_on, buyer_phone, null, sum(order_lines)
            from input_day
            group by date_trunc('month', ordered_on)::date, buyer_phone
        ),
        kept_input as (
            insert into core.input_order as kept
            select *
            from input
            where order_lines <> 0
            order by is_month, first_on, buyer_phone, file_id
            on conflict (is_month, first_on, buyer_phone, file_id)
            do update set order_lines = kept.order_lines + excluded.order_lines
            returning first_on, order_lines
        )
        select min(first_on), max(first_on)
        from (
            select * from kept_category
            union all
            select * from kept_place
            union all
            select * from kept_file
            union all
            select * from kept_input
        ) as kept
        where order_lines = 0
    $statement$, p_groups)
$function$;
comment on function core.add_sale_groups(text) is 'The statement by which lines, or groups of them, are added to the kept sums.';
