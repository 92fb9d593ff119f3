-- The OCOP catalogue. Grain: one row per code.
-- Key: ocop_code
select * from mart.ocop
order by ocop_code collate "C"
