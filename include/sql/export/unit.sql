-- District-level units with their validity. Grain: one row per unit and validity.
-- Key: unit_code, valid_from_on
select * from mart.unit
