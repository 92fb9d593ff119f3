-- Stalls of both marketplaces. Grain: one row per stall.
-- Key: stall_id
select * from mart.stall
order by stall_id
