-- Targets of the plan. Grain: one row per year and indicator.
-- Key: year, indicator_code
select * from mart.target
order by year, indicator_code collate "C"
