-- Rows that are resolved to producers and bear a number, or belong to one of the producers, in any
-- version. Grain: one row per member and content.
with member as (
    select 'stall' as kind, entity_key as key, paper_number, phone, owner_name as name, unit_code
    from core.stall_version
    union
    select 'registry', entity_key, paper_number, phone, name, unit_code from core.registry_version
    union
    select 'wallet', entity_key, paper_number, phone, name, unit_code from core.wallet_version
)
select member.*, known.producer_id
from member
left join core.producer_member_version as known
  on known.member_kind = member.kind and known.member_key = member.key and known.known_until = 'infinity'
where member.paper_number = any(cast(:numbers as text[]))
   or member.phone = any(cast(:numbers as text[]))
   or known.producer_id = any(cast(:producers as bigint[]))
order by member.kind, member.key
