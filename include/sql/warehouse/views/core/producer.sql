drop view if exists core.producer cascade;
create view core.producer as
select producer_id, kind, unit_code, unit_from
from core.producer_version
where known_from <= core.known_at() and known_until > core.known_at();
comment on view core.producer is 'Producers as known. Grain: one row per producer.';
