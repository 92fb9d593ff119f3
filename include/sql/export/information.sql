-- Information items. Grain: one row per item.
-- Key: information_id
select * from mart.information
order by information_id
