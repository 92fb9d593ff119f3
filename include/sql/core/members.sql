-- Everything that is resolved to producers, as known now. Grain: one row per stall, registry row or
-- wallet account. first_record_id is the first row that ever named it, so that a producer's number is
-- stable.
with first_row as (
    select 'stall' as kind, entity_key, min(record_id) as first_record_id
    from core.stall_version group by entity_key
    union all
    select 'registry', entity_key, min(record_id) from core.registry_version group by entity_key
    union all
    select 'wallet', entity_key, min(record_id) from core.wallet_version group by entity_key
),
member as (
    select 'stall' as kind, entity_key as key, owner_name as name, paper_number, phone, province_code,
           unit_code, commune, kind as producer_kind, opened_on, record_id
    from core.stall_version where known_until = 'infinity'
    union all
    select 'registry', entity_key, name, paper_number, phone, '22', unit_code, commune, kind,
           null::date, record_id
    from core.registry_version where known_until = 'infinity'
    union all
    select 'wallet', entity_key, name, paper_number, phone, '22', unit_code, null, null, opened_on,
           record_id
    from core.wallet_version where known_until = 'infinity'
)
select member.*, source_file.export_date, first_row.first_record_id
from member
join first_row on first_row.kind = member.kind and first_row.entity_key = member.key
join ops.source_file on source_file.file_id = ops.file_of(member.record_id)
