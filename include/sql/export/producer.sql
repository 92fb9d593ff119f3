-- Producers, without names. Grain: one row per producer.
-- Key: producer_id
select * from mart.producer
order by producer_id
