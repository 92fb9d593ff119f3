-- Stalls, registry rows and wallet accounts that are linked twice. Grain: one row per kind of member.
select cast(null as text) as unit_code, cast(null as text) as indicator_code, member_kind as field,
       count(*) as found, cast(0 as bigint) as expected
from (
    select member_kind, member_key
    from core.producer_member_version
    where known_until = 'infinity'
    group by member_kind, member_key
    having count(*) > 1
) as twice
group by member_kind
