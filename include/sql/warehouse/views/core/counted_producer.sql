drop view if exists core.counted_producer cascade;
create view core.counted_producer as
select producer_id, kind, unit_code, unit_from, is_unit_assumed
from core.producer
where is_counted;
comment on view core.counted_producer is 'Producers that count: no company. Grain: one row per producer.';
