-- Provinces of before and since 2025-07-01. Grain: one row per province and its time.
-- Key: province_code
select * from mart.province
order by province_code collate "C"
