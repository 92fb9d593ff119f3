drop view if exists core.registry cascade;
create view core.registry as
select registry.*, member.producer_id
from core.registry_version as registry
left join core.producer_member_version as member
  on member.member_kind = 'registry' and member.member_key = registry.entity_key
 and member.known_from <= core.known_at() and member.known_until > core.known_at()
where registry.known_from <= core.known_at() and registry.known_until > core.known_at();
comment on view core.registry is 'The units'' lists of producers as known. Grain: one row per listed producer.';
