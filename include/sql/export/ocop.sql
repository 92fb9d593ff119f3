-- The OCOP catalogue. Grain: one row per code.
-- Key: ocop_code
select * from mart.ocop
