-- Products. Grain: one row per product.
-- Key: product_id
select * from mart.product
order by product_id
