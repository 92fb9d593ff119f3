-- What figures read of order lines, added up by day and by month as figures count it: by unit and product, by
-- unit and receiving place, input goods by buyer. What stalls and listings are for that is kept beside, so that a
-- line's sums can be taken back as they were added (docs/decisions/0019-sales-by-day.md).
drop trigger sale_days_of_arrived on core.order_line_version;
drop trigger sale_days_of_gone on core.order_line_version;
drop trigger sale_days_of_changed on core.order_line_version;
drop table core.sale_day cascade;
drop function core.keep_sale_days();
drop function if exists core.add_sale_days(bigint, bigint);
drop function if exists core.reads_days() cascade;

create table core.sold_listing (
    platform text not null,
    seller_id text not null,
    product_id text not null,
    order_lines bigint not null,
    primary key (platform, seller_id, product_id)
);
create index on core.sold_listing (platform, product_id);
comment on table core.sold_listing is 'Which stalls have order lines of which listings, as known now. Grain: one row per stall and listing.';
comment on column core.sold_listing.platform is 'Code of the marketplace: the source of its contract.';
comment on column core.sold_listing.seller_id is 'Stall of the lines.';
comment on column core.sold_listing.product_id is 'Listing of the lines.';
comment on column core.sold_listing.order_lines is 'How many lines.';
create index on core.order_line_version (seller_id) where known_until = 'infinity';

create table core.sale_stall (
    platform text not null,
    seller_id text not null,
    is_counted boolean not null,
    unit_code text,
    primary key (platform, seller_id)
);
comment on table core.sale_stall is 'What the kept sums take stalls for: core.stall as known now. Grain: one row per stall.';
comment on column core.sale_stall.platform is 'Code of the marketplace: the source of its contract.';
comment on column core.sale_stall.seller_id is 'The marketplace''s number of the stall.';
comment on column core.sale_stall.is_counted is 'In the home province, of a producer that counts.';
comment on column core.sale_stall.unit_code is 'Unit of its producer.';

create table core.sale_listing (
    platform text not null,
    product_id text not null,
    product_group text not null,
    category_key text,
    net_weight_kg numeric,
    primary key (platform, product_id)
);
comment on table core.sale_listing is 'What the kept sums take listings for: core.listing_version as known now. Grain: one row per listing.';
comment on column core.sale_listing.platform is 'Code of the marketplace: the source of its contract.';
comment on column core.sale_listing.product_id is 'The marketplace''s number of the listing.';
comment on column core.sale_listing.product_group is 'agri, input or other';
comment on column core.sale_listing.category_key is 'Normalised category.';
comment on column core.sale_listing.net_weight_kg is 'Net weight of a sales unit.';

create table core.sale_by_category (
    is_month boolean not null,
    first_on date not null,
    unit_code text,
    product_group text not null,
    category_key text,
    order_lines bigint not null,
    weight_kg numeric not null,
    amount_vnd numeric not null,
    priced_weight_kg numeric not null,
    unique nulls not distinct (is_month, first_on, unit_code, product_group, category_key)
) with (fillfactor = 80);
comment on table core.sale_by_category is 'Completed order lines that count, as known now, added up; triggers keep it. Grain: one row per day and again per month of completion, unit and category.';
comment on column core.sale_by_category.is_month is 'Whether it adds up the month, not the day.';
comment on column core.sale_by_category.first_on is 'Day of completion in Asia/Ho_Chi_Minh, or first day of the month.';
comment on column core.sale_by_category.unit_code is 'Unit of the producer; null: not known.';
comment on column core.sale_by_category.product_group is 'agri, input or other';
comment on column core.sale_by_category.category_key is 'Normalised category of the listing.';
comment on column core.sale_by_category.order_lines is 'How many order lines it adds up.';
comment on column core.sale_by_category.weight_kg is 'Weight of the lines.';
comment on column core.sale_by_category.amount_vnd is 'Amount in đồng of the lines with a weight.';
comment on column core.sale_by_category.priced_weight_kg is 'Weight of the lines with an amount.';

create table core.sale_by_place (
    is_month boolean not null,
    first_on date not null,
    unit_code text,
    product_group text not null,
    receiving_country_code text not null,
    receiving_province_code text,
    order_lines bigint not null,
    unique nulls not distinct (
        is_month, first_on, unit_code, product_group, receiving_country_code, receiving_province_code
    )
) with (fillfactor = 80);
comment on table core.sale_by_place is 'Completed order lines that count, as known now, counted; triggers keep it. Grain: one row per day and again per month of completion, unit and receiving place.';
comment on column core.sale_by_place.is_month is 'Whether it counts the month, not the day.';
comment on column core.sale_by_place.first_on is 'Day of completion in Asia/Ho_Chi_Minh, or first day of the month.';
comment on column core.sale_by_place.unit_code is 'Unit of the producer; null: not known.';
comment on column core.sale_by_place.product_group is 'agri, input or other';
comment on column core.sale_by_place.receiving_country_code is 'Receiving country, ISO alpha-2.';
comment on column core.sale_by_place.receiving_province_code is 'Receiving province; null abroad or unknown.';
comment on column core.sale_by_place.order_lines is 'How many order lines it counts.';

create table core.sale_by_file (
    is_month boolean not null,
    first_on date not null,
    product_group text not null,
    receiving_country_code text not null,
    has_province boolean not null,
    file_id integer not null,
    order_lines bigint not null,
    primary key (is_month, first_on, product_group, receiving_country_code, has_province, file_id)
);
comment on table core.sale_by_file is 'Completed order lines that count, as known now, counted; triggers keep it. Grain: one row per day and again per month of completion, kind of place and file.';
comment on column core.sale_by_file.is_month is 'Whether it counts the month, not the day.';
comment on column core.sale_by_file.first_on is 'Day of completion in Asia/Ho_Chi_Minh, or first day of the month.';
comment on column core.sale_by_file.product_group is 'agri, input or other';
comment on column core.sale_by_file.receiving_country_code is 'Receiving country, ISO alpha-2.';
comment on column core.sale_by_file.has_province is 'Whether the receiving province is known.';
comment on column core.sale_by_file.file_id is 'File of the lines (ops.source_file).';
comment on column core.sale_by_file.order_lines is 'How many order lines it counts.';

create table core.input_order (
    is_month boolean not null,
    first_on date not null,
    buyer_phone text not null,
    file_id integer,
    order_lines bigint not null,
    unique nulls not distinct (is_month, first_on, buyer_phone, file_id)
);
create index on core.input_order (buyer_phone) where not is_month;
comment on table core.input_order is 'Order lines of input goods that were not cancelled or returned, as known now, counted; triggers keep it. Grain: one row per day of the order, buyer and file, and again per month and buyer.';
comment on column core.input_order.is_month is 'Whether it counts the month, not the day.';
comment on column core.input_order.first_on is 'Day of the order in Asia/Ho_Chi_Minh, or first day of the month.';
comment on column core.input_order.buyer_phone is 'Phone of the buyer.';
comment on column core.input_order.file_id is 'File of the lines (ops.source_file); null: of a month.';
comment on column core.input_order.order_lines is 'How many order lines it counts.';

create table core.sale_scope_change (is_due boolean not null);
comment on table core.sale_scope_change is 'A row while stalls, listings or producers changed in a transaction that has not ended; empty else. Grain: one row per statement.';
comment on column core.sale_scope_change.is_due is 'Always so.';

-- The statement that adds order lines to the kept sums, or takes them back. p_lines: a query of lines with a column
-- sign, 1 or -1. It gives the days between which sums have become none. A text, since the rows that a trigger is
-- told of can be read in the trigger alone. A line that stays what it is changes nothing.
create function core.add_sales(p_lines text) returns text
language sql immutable set search_path = '' as $function$
    select format($statement$
        with line as materialized (
            select line.sign, line.platform, line.seller_id, line.product_id, line.status, stall.is_counted, stall.unit_code,
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
            select platform, seller_id, product_id, sum(sign)
            from line
            group by platform, seller_id, product_id
            having sum(sign) <> 0
            order by platform, seller_id, product_id
            on conflict (platform, seller_id, product_id)
            do update set order_lines = kept.order_lines + excluded.order_lines
        ),
        category_day as (
            select completed_on, unit_code, product_group, category_key, sum(sign) as order_lines,
                   coalesce(sum(weight_kg), 0) as weight_kg,
                   coalesce(sum(amount_vnd) filter (where is_weighed), 0) as amount_vnd,
                   coalesce(sum(weight_kg) filter (where amount_vnd is not null), 0) as priced_weight_kg
            from line
            where status = 'completed' and completed_on is not null and is_counted and product_group is not null
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
                   sum(sign) as order_lines
            from line
            where status = 'completed' and completed_on is not null and is_counted and product_group is not null
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
                   file_id, sum(sign) as order_lines
            from line
            where status = 'completed' and completed_on is not null and is_counted and product_group is not null
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
            select ordered_on, buyer_phone, file_id, sum(sign) as order_lines
            from line
            where product_group = 'input' and status not in ('cancelled', 'returned') and ordered_on is not null
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
    $statement$, p_lines)
$function$;
comment on function core.add_sales(text) is 'The statement by which lines are added to the kept sums.';

create function core.keep_sales() returns trigger
language plpgsql set search_path = '' as $$
declare
    v_lines constant text := case tg_op
        when 'INSERT' then 'select 1 as sign, arrived.* from arrived'
        when 'DELETE' then 'select -1 as sign, gone.* from gone'
        else 'select 1 as sign, arrived.* from arrived union all select -1, gone.* from gone'
    end;
    v_first_on date;
    v_last_on date;
begin
    execute core.add_sales(v_lines) into v_first_on, v_last_on;
    if tg_op <> 'INSERT' then
        perform core.drop_empty_sales(v_first_on, v_last_on);
    end if;
    return null;
end
$$;
comment on function core.keep_sales() is 'Keeps the sums of sales in the transaction that changes order lines.';

create function core.drop_empty_sales(p_first_on date, p_last_on date) returns void
language sql set search_path = '' as $$
    delete from core.sold_listing where order_lines = 0;
    delete from core.sale_by_category where order_lines = 0 and first_on between p_first_on and p_last_on;
    delete from core.sale_by_place where order_lines = 0 and first_on between p_first_on and p_last_on;
    delete from core.sale_by_file where order_lines = 0 and first_on between p_first_on and p_last_on;
    delete from core.input_order where order_lines = 0 and first_on between p_first_on and p_last_on;
$$;
comment on function core.drop_empty_sales(date, date) is 'Removes sums of no line from the first to the last day.';

create function core.recount_sales() returns void
language plpgsql set search_path = '' as $$
begin
    delete from core.sold_listing;
    delete from core.sale_by_category;
    delete from core.sale_by_place;
    delete from core.sale_by_file;
    delete from core.input_order;
    execute core.add_sales('select 1 as sign, line.* from core.order_line_version as line');
end
$$;
comment on function core.recount_sales() is 'Counts the kept sums anew of all order lines.';

-- Stalls and listings that are otherwise than the kept sums take them for: their lines are taken back as they were
-- and added as they are; more than a fifth of all lines, and all are counted anew. Deferred to the transaction's
-- end, since a version ends in one statement and its successor comes in the next.
create function core.settle_sales() returns trigger
language plpgsql set search_path = '' as $$
declare
    v_moved constant text := $lines$
        select %s as sign, line.*
        from (
            select distinct pair.platform, pair.seller_id
            from core.sold_listing as pair
            where pair.platform || '|' || pair.seller_id = any($1) or pair.platform || '|' || pair.product_id = any($2)
        ) as pair
        join core.order_line_version as line
          on line.known_until = 'infinity' and line.seller_id = pair.seller_id and line.platform = pair.platform
         and (line.platform || '|' || line.seller_id = any($1) or line.platform || '|' || line.product_id = any($2))
    $lines$;
    v_stalls text[];
    v_listings text[];
    v_moves_many boolean;
    v_first_on date;
    v_last_on date;
begin
    delete from core.sale_scope_change;
    if not found then
        return null;
    end if;

    create temporary table stall_now on commit drop as
    select distinct on (stall.platform, stall.seller_id)
           stall.platform, stall.seller_id,
           coalesce(producer.kind is distinct from 'company' and producer.producer_id is not null
                    and stall.province_code = (select province_code from core.office limit 1), false) as is_counted,
           producer.unit_code
    from core.stall_version as stall
    left join core.producer_member_version as member
      on member.member_kind = 'stall' and member.member_key = stall.entity_key and member.known_until = 'infinity'
    left join core.producer_version as producer
      on producer.producer_id = member.producer_id and producer.known_until = 'infinity'
    where stall.known_until = 'infinity'
    order by stall.platform, stall.seller_id;
    create temporary table listing_now on commit drop as
    select distinct on (platform, product_id) platform, product_id, product_group, category_key, net_weight_kg
    from core.listing_version
    where known_until = 'infinity'
    order by platform, product_id;

    select coalesce(array_agg(platform || '|' || seller_id), '{}') into v_stalls
    from core.sale_stall as kept
    full join pg_temp.stall_now as fresh using (platform, seller_id)
    where (kept.is_counted, kept.unit_code) is distinct from (fresh.is_counted, fresh.unit_code);
    select coalesce(array_agg(platform || '|' || product_id), '{}') into v_listings
    from core.sale_listing as kept
    full join pg_temp.listing_now as fresh using (platform, product_id)
    where (kept.product_group, kept.category_key, kept.net_weight_kg)
          is distinct from (fresh.product_group, fresh.category_key, fresh.net_weight_kg);

    if cardinality(v_stalls) + cardinality(v_listings) > 0 then
        select coalesce(sum(order_lines) filter (
                   where platform || '|' || seller_id = any(v_stalls) or platform || '|' || product_id = any(v_listings)
               ) * 5 > sum(order_lines), false)
        into v_moves_many
        from core.sold_listing;
        if not v_moves_many then
            execute core.add_sales(format(v_moved, -1)) into v_first_on, v_last_on using v_stalls, v_listings;
        end if;
        delete from core.sale_stall where platform || '|' || seller_id = any(v_stalls);
        insert into core.sale_stall (platform, seller_id, is_counted, unit_code)
        select platform, seller_id, is_counted, unit_code
        from pg_temp.stall_now
        where platform || '|' || seller_id = any(v_stalls);
        delete from core.sale_listing where platform || '|' || product_id = any(v_listings);
        insert into core.sale_listing (platform, product_id, product_group, category_key, net_weight_kg)
        select platform, product_id, product_group, category_key, net_weight_kg
        from pg_temp.listing_now
        where platform || '|' || product_id = any(v_listings);
        if v_moves_many then
            perform core.recount_sales();
        else
            execute core.add_sales(format(v_moved, 1)) using v_stalls, v_listings;
            perform core.drop_empty_sales(v_first_on, v_last_on);
        end if;
    end if;
    drop table pg_temp.stall_now, pg_temp.listing_now;
    return null;
end
$$;
comment on function core.settle_sales() is 'Brings the kept sums to what stalls, listings and producers are now.';

create function core.note_scope_change() returns trigger
language plpgsql set search_path = '' as $$
begin
    insert into core.sale_scope_change values (true);
    return null;
end
$$;
comment on function core.note_scope_change() is 'Notes that stalls, listings or producers changed in this transaction.';

create constraint trigger settle_sales after insert on core.sale_scope_change
deferrable initially deferred for each row execute function core.settle_sales();
create trigger scopes_of_stalls after insert or update or delete on core.stall_version
for each statement execute function core.note_scope_change();
create trigger scopes_of_listings after insert or update or delete on core.listing_version
for each statement execute function core.note_scope_change();
create trigger scopes_of_members after insert or update or delete on core.producer_member_version
for each statement execute function core.note_scope_change();
create trigger scopes_of_producers after insert or update or delete on core.producer_version
for each statement execute function core.note_scope_change();
create trigger scopes_of_office after insert or update or delete on core.office
for each statement execute function core.note_scope_change();
create trigger sales_of_arrived after insert on core.order_line_version
referencing new table as arrived for each statement execute function core.keep_sales();
create trigger sales_of_gone after delete on core.order_line_version
referencing old table as gone for each statement execute function core.keep_sales();
create trigger sales_of_changed after update on core.order_line_version
referencing old table as gone new table as arrived for each statement execute function core.keep_sales();

do $$
begin
    perform core.recount_sales();
    insert into core.sale_scope_change values (true);
    set constraints core.settle_sales immediate;
    set constraints core.settle_sales deferred;
end
$$;
analyze core.sold_listing, core.sale_stall, core.sale_listing, core.sale_by_category, core.sale_by_place, core.sale_by_file,
    core.input_order;
