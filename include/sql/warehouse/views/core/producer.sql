drop view if exists core.producer cascade;
create view core.producer as
select producer.producer_id, producer.kind, shown.unit_code, producer.unit_from,
       (producer.kind is distinct from 'company') as is_counted,
       producer.unit_code as seat_code, coalesce(shown.is_assumed, false) as is_unit_assumed
from core.producer_version as producer
left join core.seat_shown as shown on shown.seat_code = producer.unit_code
where producer.known_from <= core.known_at() and producer.known_until > core.known_at();
comment on view core.producer is 'Producers as known, by the units of core.units_on(); is_counted: no company. Grain: one row per producer.';
