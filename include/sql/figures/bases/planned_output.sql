-- Base of III.2: planned output of the unit's key products in the year, by the harvest calendar where
-- it has the product, else by the unit's own list; achieved: tonnes completed since 1 January (2021:
-- since the plan's start). A product with no planned output leaves both. Grain: one row per key product.
with calendar as (
    select unit_code, name_key, sum(planned_tonnes) as planned_tonnes
    from core.season
    where extract(year from month_on) = :year and planned_tonnes is not null
    group by unit_code, name_key
),
sold as (
    select unit_code, category_key, sum(weight_kg) / 1000 as tonnes
    from core.counted_sale
    where product_group = 'agri'
      and completed_on >= :counts_from and completed_on < :period_end
    group by unit_code, category_key
),
planned as (
    select key_product.unit_code, key_product.name_key,
           coalesce(calendar.planned_tonnes, key_product.planned_tonnes) as planned_tonnes
    from core.key_product
    left join calendar using (unit_code, name_key)
    where key_product.year = :year
)
select planned.unit_code, planned.name_key as thing,
       coalesce(planned.planned_tonnes, 0) as base,
       case when planned.planned_tonnes is null then 0 else coalesce(sold.tonnes, 0) end as achieved
from planned
left join sold on sold.unit_code = planned.unit_code and sold.category_key = planned.name_key
