-- Base totals declared by the units. Grain: one row per unit, total and year.
-- Key: unit_code, total, year
select * from mart.base
order by unit_code collate "C", total collate "C", year
