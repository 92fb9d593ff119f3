-- What completed order lines add up to, kept by day, so that a week's figures read days and not the history.
create table core.sale_day (
    platform text not null,
    seller_id text not null,
    product_id text not null,
    completed_on date not null,
    receiving_country_code text not null,
    receiving_province_code text,
    order_lines bigint not null,
    weight_kg numeric not null,
    unweighed_quantity numeric not null,
    unique nulls not distinct (
        completed_on, platform, product_id, seller_id, receiving_country_code, receiving_province_code
    )
);
comment on table core.sale_day is 'Completed order lines as known now, added up; the triggers of core.order_line_version keep it. Grain: one row per day of completion, listing, stall and receiving place.';
comment on column core.sale_day.platform is 'Code of the marketplace: the source of its contract.';
comment on column core.sale_day.seller_id is 'Stall that sells.';
comment on column core.sale_day.product_id is 'Listing that is sold.';
comment on column core.sale_day.completed_on is 'Day of completion in Asia/Ho_Chi_Minh.';
comment on column core.sale_day.receiving_country_code is 'Receiving country, ISO alpha-2.';
comment on column core.sale_day.receiving_province_code is 'Receiving province; null abroad or unknown.';
comment on column core.sale_day.order_lines is 'How many order lines it adds up.';
comment on column core.sale_day.weight_kg is 'Weight of the lines that give one.';
comment on column core.sale_day.unweighed_quantity is 'Sales units of the lines without a weight; the listing''s net weight makes kilograms of them.';

-- What a statement took away and what it brought is added up together: a line that stays what it is
-- changes nothing.
create function core.keep_sale_days() returns trigger
language plpgsql set search_path = '' as $$
declare
    v_lines constant text := case tg_op
        when 'INSERT' then 'select 1 as sign, arrived.* from arrived'
        when 'DELETE' then 'select -1 as sign, gone.* from gone'
        else 'select 1 as sign, arrived.* from arrived union all select -1, gone.* from gone'
    end;
begin
    execute format($statement$
        with line as (
            select sign, platform, seller_id, product_id,
                   (completed_at at time zone 'Asia/Ho_Chi_Minh')::date as completed_on,
                   receiving_country_code, receiving_province_code, weight_kg, quantity
            from (%s) as line
            where status = 'completed' and completed_at is not null and known_until = 'infinity'
        )
        insert into core.sale_day as kept
        select platform, seller_id, product_id, completed_on, receiving_country_code, receiving_province_code,
               sum(sign), coalesce(sum(sign * weight_kg), 0),
               coalesce(sum(sign * quantity) filter (where weight_kg is null), 0)
        from line
        group by platform, seller_id, product_id, completed_on, receiving_country_code, receiving_province_code
        having sum(sign) <> 0 or coalesce(sum(sign * weight_kg), 0) <> 0
            or coalesce(sum(sign * quantity) filter (where weight_kg is null), 0) <> 0
        order by completed_on, platform, product_id, seller_id, receiving_country_code, receiving_province_code
        on conflict (completed_on, platform, product_id, seller_id, receiving_country_code, receiving_province_code)
        do update set order_lines = kept.order_lines + excluded.order_lines,
                      weight_kg = kept.weight_kg + excluded.weight_kg,
                      unweighed_quantity = kept.unweighed_quantity + excluded.unweighed_quantity
        $statement$, v_lines);
    if tg_op <> 'INSERT' then
        delete from core.sale_day where order_lines = 0;
    end if;
    return null;
end
$$;
comment on function core.keep_sale_days() is 'Keeps core.sale_day in the transaction that changes order lines.';
create trigger sale_days_of_arrived after insert on core.order_line_version
referencing new table as arrived for each statement execute function core.keep_sale_days();
create trigger sale_days_of_gone after delete on core.order_line_version
referencing old table as gone for each statement execute function core.keep_sale_days();
create trigger sale_days_of_changed after update on core.order_line_version
referencing old table as gone new table as arrived for each statement execute function core.keep_sale_days();

insert into core.sale_day
select platform, seller_id, product_id, (completed_at at time zone 'Asia/Ho_Chi_Minh')::date,
       receiving_country_code, receiving_province_code, count(*), coalesce(sum(weight_kg), 0),
       coalesce(sum(quantity) filter (where weight_kg is null), 0)
from core.order_line_version
where status = 'completed' and completed_at is not null and known_until = 'infinity'
group by 1, 2, 3, 4, 5, 6;
analyze core.sale_day;
