drop view if exists core.stall cascade;
create view core.stall as
select stall.*, member.producer_id
from core.stall_version as stall
left join core.producer_member_version as member
  on member.member_kind = 'stall' and member.member_key = stall.entity_key
 and member.known_from <= core.known_at() and member.known_until > core.known_at()
where stall.known_from <= core.known_at() and stall.known_until > core.known_at();
comment on view core.stall is 'Stalls as known, with their producer. Grain: one row per stall.';
