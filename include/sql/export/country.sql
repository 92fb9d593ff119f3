-- Countries. Grain: one row per country.
-- Key: country_code
select * from mart.country
order by country_code collate "C"
