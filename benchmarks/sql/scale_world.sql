-- 5,000 stalls and 12,000 listings of both marketplaces, their producers, 15,000 registered ones, beside what is known
-- already. Units are valid for all of the weeks, so that all weeks have the same. Grain: see each statement.
update core.unit set valid_to = null;

-- A file of each entity a week, exported on the week's due day. Numbers from 1,000,000 on. Grain: one row per file.
insert into ops.source_file (file_id, source, name, sha256, size_bytes, received_at, export_date, entity, status)
overriding system value
select 1000000 + week * 6 + kind, (array['postmart', 'voso'])[kind % 2 + 1],
       (array['gian-hang', 'san-pham', 'don-hang'])[kind / 2 + 1] || '_' || to_char(day, 'YYYYMMDD') || '.csv',
       md5(week || ' ' || kind), 1000, day + time '07:00', day, (array['stall', 'listing', 'order_line'])[kind / 2 + 1],
       'loaded'
from (select week, date '2021-10-21' + 7 * week as day from generate_series(0, 249) as week) as week
cross join generate_series(0, 5) as kind;

create temporary table scale_stall on commit drop as
select number, (array['postmart', 'voso'])[number % 2 + 1] as platform, 'G' || to_char(number, 'FM00000') as seller_id,
       (select array_agg(unit_code order by unit_code) from core.unit) as units,
       date '2019-01-01' + (number * 7919) % 2700 as opened_on,
       case when number % 20 = 0 then 'company' else 'household' end as kind,
       (1000000::bigint << 32) + number as record_id
from generate_series(1, 5000) as number;

insert into core.stall_version (
    entity_key, platform, seller_id, stall_name, owner_name, kind, phone, commune, unit_code, province_code, opened_on,
    payment_account_on, brand_mark_on, traceability_on, record_id, known_from)
select platform || '|' || seller_id, platform, seller_id, 'Gian hàng ' || number, 'Người bán ' || number, kind,
       '03' || to_char(number, 'FM00000000'), 'Xã ' || number % 177, units[number % 13 + 1],
       case when number % 7 = 0 then '31' else core.home_province() end, opened_on,
       case when number % 3 = 0 then opened_on + 30 end, case when number % 5 = 0 then opened_on + 60 end,
       case when number % 4 = 0 then opened_on + 90 end, record_id, timestamptz '2021-10-18 00:00+07'
from scale_stall;

insert into core.producer_version (producer_id, kind, unit_code, unit_from, known_from)
select record_id, kind, units[number % 13 + 1], 'stall', timestamptz '2021-10-18 00:00+07' from scale_stall
union all
select (1000000::bigint << 32) + 10000 + number, 'household', units[number % 13 + 1], 'registry', timestamptz '2021-10-18 00:00+07'
from generate_series(1, 15000) as number
cross join (select units from scale_stall limit 1) as every;

insert into core.producer_member_version (member_kind, member_key, producer_id, rule, score, known_from)
select 'stall', platform || '|' || seller_id, record_id, 'new', 1, timestamptz '2021-10-18 00:00+07' from scale_stall
union all
select 'registry', units[number % 13 + 1] || '|R' || number, (1000000::bigint << 32) + 10000 + number, 'new', 1,
       timestamptz '2021-10-18 00:00+07'
from generate_series(1, 15000) as number
cross join (select units from scale_stall limit 1) as every;

insert into core.registry_version (entity_key, unit_code, name, kind, phone, record_id, known_from)
select units[number % 13 + 1] || '|R' || number, units[number % 13 + 1], 'Hộ ' || number, 'household',
       '05' || to_char(number, 'FM00000000'), (1000000::bigint << 32) + 10000 + number, timestamptz '2021-10-18 00:00+07'
from generate_series(1, 15000) as number
cross join (select units from scale_stall limit 1) as every;

insert into core.listing_version (
    entity_key, platform, product_id, name, seller_id, product_group, category, price_vnd, sales_unit, net_weight_kg,
    listed_on, brand_mark_on, traceability_on, farmer_discount_pct, name_key, category_key, record_id, known_from)
select stall.platform || '|SP' || nth, stall.platform, 'SP' || nth, 'Sản phẩm ' || nth, stall.seller_id,
       case when nth % 12 = 0 then 'input' when nth % 25 = 0 then 'other' else 'agri' end,
       category.name, 50000, 'kg', 0.5 + nth % 4, stall.opened_on + nth % 300,
       case when nth % 6 = 0 then stall.opened_on + 310 end, case when nth % 5 = 0 then stall.opened_on + 320 end,
       case when nth % 24 = 0 then 5 end, 'san pham ' || nth, category.name,
       (1000002::bigint << 32) + nth, timestamptz '2021-10-18 00:00+07'
from generate_series(1, 12000) as nth
join scale_stall as stall on stall.number = nth % 5000 + 1
join (select row_number() over (order by category_key) as place, category_key as name
      from (select distinct category_key from core.listing_version where category_key is not null) as known) as category
  on category.place = nth % 40 + 1
