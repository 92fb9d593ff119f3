-- The units' key products. Grain: one row per unit, product and year.
-- Key: unit_code, product_key, year
select * from mart.key_product
order by unit_code collate "C", product_key collate "C", year
