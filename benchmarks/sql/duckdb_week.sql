-- What the platforms' figures of one week rest on, in DuckDB: units and province, in the week and cumulative.
with line as (
    select unit_code, weight_kg, completed_on, receiving_province_code, receiving_country_code
    from order_line
    where status = 'completed' and product_group = 'agri' and province_code = '22'
      and producer_id is not null and producer_kind is distinct from 'company'
      and completed_on >= date '2021-10-18' and completed_on < $period_end
),

sold as (
    select coalesce(unit_code, '22') as place,
           sum(weight_kg) filter (where completed_on >= $period_start) / 1000 as tonnes,
           sum(weight_kg) / 1000 as tonnes_so_far,
           count(distinct receiving_province_code)
               filter (where completed_on >= $period_start and receiving_country_code = 'VN') as provinces,
           count(distinct receiving_province_code) filter (where receiving_country_code = 'VN')
               as provinces_so_far,
           count(distinct receiving_country_code)
               filter (where completed_on >= $period_start and receiving_country_code <> 'VN') as countries,
           count(distinct receiving_country_code) filter (where receiving_country_code <> 'VN')
               as countries_so_far
    from line
    group by grouping sets ((unit_code), ())
),

product as (
    select unit_code, product_key, min(listed_on) as first_on,
           bool_or(listed_on < $period_end and coalesce(live_until >= $period_end, true)) as is_live,
           min(product_brand_mark_on) as marked_on, min(product_traceability_on) as traced_on
    from listing
    where product_group = 'agri' and province_code = '22' and producer_id is not null
      and producer_kind is distinct from 'company'
    group by unit_code, product_key
),

products as (
    select coalesce(unit_code, '22') as place,
           count(*) filter (where first_on >= $period_start and first_on < $period_end) as listed,
           count(*) filter (where is_live) as live,
           count(*) filter (where is_live and marked_on < $period_end) as marked,
           count(*) filter (where is_live and traced_on < $period_end) as traced
    from product
    group by grouping sets ((unit_code), ())
),

producer as (
    select unit_code, producer_id, min(opened_on) as first_on,
           bool_or(opened_on < $period_end and coalesce(closed_on >= $period_end, true)) as is_live,
           min(brand_mark_on) as marked_on, min(traceability_on) as traced_on
    from stall
    where province_code = '22' and producer_id is not null and kind is distinct from 'company'
    group by unit_code, producer_id
),

producers as (
    select coalesce(unit_code, '22') as place,
           count(*) filter (where first_on >= $period_start and first_on < $period_end) as opened,
           count(*) filter (where is_live) as live,
           count(*) filter (where is_live and marked_on < $period_end) as marked,
           count(*) filter (where is_live and traced_on < $period_end) as traced
    from producer
    group by grouping sets ((unit_code), ())
)

select sold.place, producers.live as stalls, producers.marked as marked_producers,
       producers.traced as traced_producers, products.live as products, products.marked as marked_products,
       products.traced as traced_products, sold.tonnes, sold.tonnes_so_far, sold.provinces,
       sold.provinces_so_far, sold.countries, sold.countries_so_far
from sold
left join products using (place)
left join producers using (place)
order by sold.place
