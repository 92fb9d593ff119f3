-- name: decide
-- A decision is taken, or (null) taken back.
update core.doubtful_pair
set decision = :decision, decided_by = :decided_by, decided_at = :decided_at, note = :note
where pair_id = :pair_id;

-- name: pair
-- One pair and what was decided of it. Grain: one row.
select pair_id, left_kind, left_key, right_kind, right_key, decision, decided_by, decided_at
from core.doubtful_pair
where pair_id = :pair_id;

-- name: pairs
-- Pairs that may be one producer, both rows as known now. Grain: one row per pair and side.
-- :pair_id null: all that wait; with :with_settled also the decided ones and those no longer doubtful.
with pair as (
    select pair_id, rule, score, found_at, gone_at, decision, decided_by, decided_at, note,
           left_kind, left_key, left_record_id, right_kind, right_key, right_record_id
    from core.doubtful_pair
    where case when cast(:pair_id as bigint) is not null then pair_id = :pair_id
               else :with_settled or (decision is null and gone_at is null) end
    order by score desc, pair_id
    limit :most
),
side as (
    select pair_id, 'left' as side, left_kind as kind, left_key as key, left_record_id as found_in
    from pair
    union all
    select pair_id, 'right', right_kind, right_key, right_record_id from pair
),
member as (
    select 'stall' as kind, entity_key as key, owner_name as name, paper_number, phone, commune,
           unit_code, province_code, record_id
    from core.stall_version where known_until = 'infinity'
    union all
    select 'registry', entity_key, name, paper_number, phone, commune, unit_code, core.home_province(), record_id
    from core.registry_version where known_until = 'infinity'
    union all
    select 'wallet', entity_key, name, paper_number, phone, null, unit_code, core.home_province(), record_id
    from core.wallet_version where known_until = 'infinity'
),
unit as (
    select distinct on (unit_code) unit_code, name from core.unit order by unit_code, valid_from desc
)
select pair.pair_id, pair.rule, pair.score, pair.found_at, pair.gone_at, pair.decision,
       pair.decided_by, pair.decided_at, pair.note, side.side, side.kind, side.key, member.name,
       member.paper_number, member.phone, member.commune,
       coalesce(unit.name, member.unit_code) as unit, member.unit_code,
       member.province_code, source_file.source, source_file.name as file, source_table.sheet,
       source_row.row_number, known.producer_id
from pair
join side on side.pair_id = pair.pair_id
left join member on member.kind = side.kind and member.key = side.key
left join unit on unit.unit_code = member.unit_code
left join raw.source_row on source_row.record_id = coalesce(member.record_id, side.found_in)
left join raw.source_table on source_table.table_id = source_row.table_id
left join ops.source_file on source_file.file_id = source_table.file_id
left join core.producer_member_version as known
  on known.member_kind = side.kind and known.member_key = side.key
 and known.known_until = 'infinity'
order by pair.score desc, pair.pair_id, side.side;

-- name: taken
-- What people decided, by the members' own keys. Grain: one row per decided pair.
select pair_id, left_kind, left_key, right_kind, right_key, decision
from core.doubtful_pair
where decision is not null
order by pair_id;
