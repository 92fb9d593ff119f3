-- District-level units with their validity. Grain: one row per unit and validity.
-- Key: unit_code, valid_from_on
select * from mart.unit
order by unit_code collate "C", valid_from_on
