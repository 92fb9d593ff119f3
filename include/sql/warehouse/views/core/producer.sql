drop view if exists core.producer cascade;
create view core.producer as
select producer_id, kind, unit_code, unit_from, (kind is distinct from 'company') as is_counted
from core.producer_version
where known_from <= core.known_at() and known_until > core.known_at();
comment on view core.producer is 'Producers as known; is_counted: no company. Grain: one row per producer.';
