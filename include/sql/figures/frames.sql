-- name: base_rows
create temporary table if not exists base_row (unit_code text, thing text, base numeric, achieved numeric) on commit drop;
delete from base_row;
insert into base_row (unit_code, thing, base, achieved)
{body};

-- name: contributions
-- What each producer has in the cumulative values of an indicator, by unit and in the province: of listings by the
-- record of the listing, of order lines by that of the line. Grain: one row per part, unit and contributor.
with counted as (
    select traced.part, traced.unit_code, traced.thing, traced.amount, traced.record_id
    from ({body}) as traced
    where traced.is_cumulative
),
owned as (
    select counted.part, counted.unit_code, counted.thing, coalesce(listing.owner_key, '') as contributor,
           1 as amount
    from counted
    join core.listing using (record_id)
    where :kind = 'listing'
    group by counted.part, counted.unit_code, counted.thing, listing.owner_key
    union all
    select counted.part, counted.unit_code, counted.thing, order_line.producer_id::text, counted.amount
    from counted
    join core.order_line using (record_id)
    where :kind = 'order_line'
)
select owned.part, place.unit_code, owned.contributor, sum(owned.amount) as amount
from owned
cross join lateral (values (owned.unit_code), (core.home_province())) as place (unit_code)
where place.unit_code is not null
group by owned.part, place.unit_code, owned.contributor;

-- name: hold_stall
-- Grain: one row per stall.
create temporary table if not exists counted_stall on commit drop as
select * from core.counted_stall;

-- name: hold_listing
-- Grain: one row per listing.
create temporary table if not exists listing on commit drop as
select unit_code, province_code, producer_id, product_key, category_key, product_group, ocop_code, listed_on, live_until,
       product_brand_mark_on, product_traceability_on, farmer_discount_pct, is_counted, record_id
from core.listing;

create or replace temporary view counted_listing as
select * from pg_temp.listing where is_counted;

-- name: keep_traced_now
insert into traced_now
select :code, traced.*
from ({body}) as traced;

-- name: keep_traced_then
insert into traced_then
select :code, traced.*
from ({body}) as traced;

-- name: proof_declared
-- The rows of the forms behind an indicator's declared values: of each of the units asked for, and of the province.
insert into proof_row
select value.place, traced.thing, traced.record_id, null
from ({body}) as traced
cross join lateral (values (traced.unit_code), (core.home_province())) as told (unit_code)
join proof_value as value
  on value.indicator_code = :code and value.unit_code = told.unit_code and value.part = 1
 and case value.measure when 'in_period' then traced.is_in_period else traced.is_cumulative end
where told.unit_code = any(cast(:units as text[]));

-- name: rested
insert into rested (indicator_code, file_id, records_in_period, records_cumulative)
select :code, ops.file_of(record_id), coalesce(sum(records) filter (where is_in_period), 0),
       coalesce(sum(records) filter (where is_cumulative), 0)
from ({body}) as traced
where is_in_period or is_cumulative
group by ops.file_of(record_id);

-- name: thing_view
create temporary view thing as
{body};

-- name: thing_view_by_record
create temporary view thing as
select single.*, 1 as records
from ({body}) as single;
