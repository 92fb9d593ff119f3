drop view if exists core.stall cascade;
create view core.stall as
select stall.*, member.producer_id, producer.kind as producer_kind,
       producer.unit_code as producer_unit_code,
       coalesce(producer.is_counted and stall.province_code = core.home_province(), false) as is_counted
from core.stall_version as stall
left join core.producer_member_version as member
  on member.member_kind = 'stall' and member.member_key = stall.entity_key
 and member.known_from <= core.known_at() and member.known_until > core.known_at()
left join core.producer using (producer_id)
where stall.known_from <= core.known_at() and stall.known_until > core.known_at();
comment on view core.stall is 'Stalls as known, with their producer; is_counted: in the home province, of a producer that counts. Grain: one row per stall.';
