-- name: members
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
    select 'registry', entity_key, name, paper_number, phone, core.home_province(), unit_code, commune, kind,
           null::date, record_id
    from core.registry_version where known_until = 'infinity'
    union all
    select 'wallet', entity_key, name, paper_number, phone, core.home_province(), unit_code, null, null, opened_on,
           record_id
    from core.wallet_version where known_until = 'infinity'
)
select member.*, source_file.export_date, first_row.first_record_id
from member
join first_row on first_row.kind = member.kind and first_row.entity_key = member.key
join ops.source_file on source_file.file_id = ops.file_of(member.record_id);

-- name: merge
-- Records what changed since the last resolution; what did not is not rewritten.
analyze resolved_member;
analyze resolved_producer;
analyze resolved_doubt;

update core.producer_member_version as known set known_until = :moment
where known.known_until = 'infinity'
  and not exists (
      select 1 from resolved_member as now
      where now.member_kind = known.member_kind and now.member_key = known.member_key
        and now.producer_id = known.producer_id and now.rule = known.rule
        and now.score = known.score and now.linked_to is not distinct from known.linked_to);

insert into core.producer_member_version (
    member_kind, member_key, producer_id, rule, score, linked_to, known_from)
select now.member_kind, now.member_key, now.producer_id, now.rule, now.score, now.linked_to, :moment
from resolved_member as now
left join core.producer_member_version as known
  on known.member_kind = now.member_kind and known.member_key = now.member_key
 and known.known_until = 'infinity'
where known.member_key is null;

update core.producer_version as known set known_until = :moment
where known.known_until = 'infinity'
  and not exists (
      select 1 from resolved_producer as now
      where now.producer_id = known.producer_id and now.kind is not distinct from known.kind
        and now.unit_code is not distinct from known.unit_code and now.unit_from = known.unit_from);

insert into core.producer_version (producer_id, kind, unit_code, unit_from, known_from)
select now.producer_id, now.kind, now.unit_code, now.unit_from, :moment
from resolved_producer as now
left join core.producer_version as known
  on known.producer_id = now.producer_id and known.known_until = 'infinity'
where known.producer_id is null;

insert into core.doubtful_pair (
    left_kind, left_key, right_kind, right_key, rule, score, left_record_id, right_record_id, found_at)
select left_kind, left_key, right_kind, right_key, rule, score, left_record_id, right_record_id, :moment
from resolved_doubt
on conflict (left_kind, left_key, right_kind, right_key) do update
set rule = excluded.rule, score = excluded.score, left_record_id = excluded.left_record_id,
    right_record_id = excluded.right_record_id, gone_at = null
where (doubtful_pair.rule, doubtful_pair.score, doubtful_pair.left_record_id,
       doubtful_pair.right_record_id, doubtful_pair.gone_at)
   is distinct from
      (excluded.rule, excluded.score, excluded.left_record_id, excluded.right_record_id, null);

update core.doubtful_pair set gone_at = :moment
where gone_at is null and decision is null
  and not exists (
      select 1 from resolved_doubt as now
      where (now.left_kind, now.left_key, now.right_kind, now.right_key)
          = (doubtful_pair.left_kind, doubtful_pair.left_key, doubtful_pair.right_kind,
             doubtful_pair.right_key));

-- name: refresh_statistics
select core.refresh_statistics();

-- name: tables
drop table if exists pg_temp.resolved_member, pg_temp.resolved_producer, pg_temp.resolved_doubt;
create temporary table resolved_member (
    member_kind text, member_key text, producer_id bigint, rule text, score numeric, linked_to text
) on commit drop;
create temporary table resolved_producer (
    producer_id bigint, kind text, unit_code text, unit_from text
) on commit drop;
create temporary table resolved_doubt (
    left_kind text, left_key text, right_kind text, right_key text, rule text, score numeric,
    left_record_id bigint, right_record_id bigint
) on commit drop;
