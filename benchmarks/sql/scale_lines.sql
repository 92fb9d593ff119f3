-- Order lines from number :first to :last of :lines over 250 weeks, in the order of time: favourites sell more, near
-- places buy more, a fifth gives no weight, a thirtieth goes abroad, farmers buy input goods. Grain: one row per line.
insert into core.order_line_version (
    entity_key, platform, order_no, line_no, ordered_at, completed_at, seller_id, product_id, quantity, weight_kg,
    amount_vnd, receiving_province_code, receiving_country_code, buyer_phone, status, record_id, known_from)
with drawn as materialized (
    select number, timestamptz '2021-10-18 00:00+07' + interval '1746 days' * (number::float / :lines) as ordered_at,
           (random() * random() * 11999)::integer + 1 as listing, (random() * random() * 62)::integer + 1 as place,
           random() as state, random() as weighing, random() as abroad, (random() * 3000000)::integer as buyer,
           (random() * 3000)::integer as farmer, 1 + (random() * 9)::integer as quantity
    from generate_series(:first, :last) as number
)
select listing.platform || '|DH' || number || '|1', listing.platform, 'DH' || number, 1, ordered_at,
       case when state < 0.8 then ordered_at + interval '40 hours' * weighing end, listing.seller_id, listing.product_id,
       quantity, case when weighing < 0.8 then round((quantity * weighing)::numeric, 2) end, 50000 * quantity,
       case when abroad > 0.03 then provinces[place] end, case when abroad > 0.03 then 'VN' else 'CN' end,
       case when listing.product_group = 'input' then '05' || to_char(farmer, 'FM00000000')
            else '09' || to_char(buyer, 'FM00000000') end,
       case when state < 0.8 then 'completed' when state < 0.9 then 'shipping' else 'cancelled' end,
       ((1000004 + 6 * least(extract(day from ordered_at - timestamptz '2021-10-14 00:00+07')::integer / 7, 249)
         + (listing.platform = 'voso')::integer)::bigint << 32) + number,
       ordered_at + interval '7 days'
from drawn
join core.listing_version as listing
  on listing.product_id = 'SP' || drawn.listing and listing.known_until = 'infinity'
cross join (
    select array_agg(province_code order by province_code = core.home_province() desc, province_code) as provinces
    from core.province where province_code in (select province_code from core.province_successor)
) as every
