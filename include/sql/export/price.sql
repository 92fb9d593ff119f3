-- Market prices. Grain: one row per product, date and place.
-- Key: product_key, priced_on, place
select * from mart.price
order by product_key collate "C", priced_on, place collate "C"
