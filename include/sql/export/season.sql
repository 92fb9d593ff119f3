-- The harvest calendar. Grain: one row per product, unit and month.
-- Key: unit_code, product_key, month_on
select * from mart.season
order by unit_code collate "C", product_key collate "C", month_on
