-- Sản phẩm chủ lực có chứng nhận nào chưa gắn mark thương hiệu hoặc truy xuất nguồn gốc trên sàn?
-- Which certified key products bear no brand mark or are not traceable on the platforms?
with today as (
    select max(period_end) as day from mart.indicator_published where report_kind = 'week'
)
select unit.name as unit, key_product.product, key_product.certificate, key_product.planned_tonnes,
       count(listing.listing_id) as live_listings,
       count(listing.product_brand_mark_on) as with_brand_mark,
       count(listing.product_traceability_on) as traceable
from mart.key_product
cross join today
join mart.unit on unit.unit_code = key_product.unit_code
 and unit.valid_from_on < today.day and coalesce(unit.valid_until_on, 'infinity') >= today.day
left join mart.listing
  on listing.unit_code = key_product.unit_code and listing.category_key = key_product.product_key
 and listing.is_of_producer and listing.live_until_on is null
where key_product.year = extract(year from today.day) and key_product.certificate is not null
group by unit.name, unit.position, key_product.product, key_product.certificate, key_product.planned_tonnes
having count(listing.product_brand_mark_on) = 0 or count(listing.product_traceability_on) = 0
order by live_listings desc, unit.position, key_product.product
