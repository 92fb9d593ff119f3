-- Products harvested in this and the next month, those about to peak without a listing first. Tonnes
-- sold: since 1 January (2021: since the plan's start); average price: lines completed in the four
-- weeks before the period's end. A calendar of a former unit that several succeeded stands below the others under
-- that unit's name, without figures of platforms: those are of the units of today. Grain: one row per product and unit.
with span as (
    select date_trunc('month', cast(:last_day as date))::date as first_month,
           (date_trunc('month', cast(:last_day as date)) + interval '1 month')::date as next_month
),
harvest as (
    select season.unit_code, season.name_key,
           case when season.unit_code is null then season.named_unit_code end as former_code,
           min(season.name) as product,
           string_agg(distinct to_char(season.month_on, 'MM/YYYY'), ', ') as months,
           sum(season.planned_tonnes) as planned_tonnes,
           string_agg(distinct season.certificate, ', ') as quality,
           min(season.price_low_vnd_kg) as price_low, max(season.price_high_vnd_kg) as price_high,
           string_agg(distinct season.contact, ', ') as contact
    from core.season
    cross join span
    where season.month_on in (span.first_month, span.next_month)
      and coalesce(season.planned_tonnes, 1) > 0
    group by season.unit_code, former_code, season.name_key
),
peak as (
    select distinct on (coalesce(season.unit_code, season.named_unit_code), season.name_key)
           coalesce(season.unit_code, season.named_unit_code) as list_code, season.name_key,
           season.month_on in (span.first_month, span.next_month) as is_near
    from core.season
    cross join span
    where extract(year from season.month_on) = extract(year from span.first_month)
       or season.month_on = span.next_month
    order by list_code, season.name_key, season.planned_tonnes desc nulls last, season.month_on
),
last_quote as (
    select name_key, max(priced_on) as priced_on
    from core.price
    where priced_on < :period_end
    group by name_key
),
quote as (
    select price.name_key, round(avg(price.price_vnd_kg)) as market_price,
           string_agg(distinct price.place, ', ') || ', ' || to_char(price.priced_on, 'DD/MM/YYYY') as market_place
    from core.price
    join last_quote using (name_key, priced_on)
    group by price.name_key, price.priced_on
),
live as (
    select unit_code, category_key as name_key, count(distinct product_key) as live_listings
    from core.counted_listing
    where product_group = 'agri'
      and listed_on < :period_end and (live_until is null or live_until >= :period_end)
    group by unit_code, category_key
),
sold as (
    select unit_code, category_key as name_key, sum(weight_kg) / 1000 as tonnes_sold
    from core.counted_sale
    where product_group = 'agri' and completed_on >= :counts_from and completed_on < :period_end
    group by unit_code, category_key
),
recently as (
    select unit_code, category_key as name_key, sum(amount_vnd) as amount_vnd,
           sum(priced_weight_kg) as weight_kg
    from core.counted_sale
    where product_group = 'agri'
      and completed_on >= greatest(cast(:counts_from as date), cast(:period_end as date) - 28)
      and completed_on < :period_end
    group by unit_code, category_key
),
described as (
    select harvest.*, coalesce(peak.is_near, false) as is_near_peak,
           former.unit_code is not null as is_former, former.full_name as former_name,
           coalesce(report_unit.position, former.position) as position,
           quote.market_price, quote.market_place,
           case when former.unit_code is null then coalesce(live.live_listings, 0) end as live_listings,
           case when former.unit_code is null then round(coalesce(sold.tonnes_sold, 0), 3) end as tonnes_sold,
           round(recently.amount_vnd / nullif(recently.weight_kg, 0)) as average_price
    from harvest
    left join report_unit using (unit_code)
    left join core.unit as former on former.unit_code = harvest.former_code and former.valid_to < :last_day
    left join peak on peak.list_code = coalesce(harvest.unit_code, harvest.former_code) and peak.name_key = harvest.name_key
    left join quote on quote.name_key = harvest.name_key
    left join live on live.unit_code = harvest.unit_code and live.name_key = harvest.name_key
    left join sold on sold.unit_code = harvest.unit_code and sold.name_key = harvest.name_key
    left join recently on recently.unit_code = harvest.unit_code and recently.name_key = harvest.name_key
    where report_unit.unit_code is not null or former.unit_code is not null
)
select product, coalesce(unit_code, former_name || ' (cũ)') as unit, months, planned_tonnes, quality,
       case when price_low is null and price_high is null then null
            when price_low = price_high or price_high is null or price_low is null
            then replace(to_char(coalesce(price_low, price_high), 'FM999,999,999'), ',', '.')
            else replace(to_char(price_low, 'FM999,999,999'), ',', '.') || ' - '
                 || replace(to_char(price_high, 'FM999,999,999'), ',', '.') end as price_range,
       market_price, market_place, live_listings, tonnes_sold, average_price, contact,
       nullif(concat_ws('; ',
           case when is_former and is_near_peak then 'Sắp vào chính vụ' end,
           case when is_former then 'Lịch của đơn vị cũ nay thuộc nhiều đơn vị: số trên sàn tính ở các đơn vị đó' end,
           case when live_listings = 0 and is_near_peak then 'Sắp vào chính vụ, chưa có sản phẩm trên sàn'
                when live_listings = 0 then 'Chưa có sản phẩm trên sàn'
                when is_near_peak and not is_former then 'Vào chính vụ' end,
           case when average_price < market_price
                then 'Giá trên sàn thấp hơn thị trường '
                     || round((market_price - average_price) / market_price * 100) || '%' end,
           case when market_price < price_low then 'Giá thị trường dưới khung giá' end
       ), '') as remark
from described
order by is_former, live_listings > 0, not is_near_peak, planned_tonnes desc nulls last, position, name_key collate "C"
