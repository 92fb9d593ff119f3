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
             doubtful_pair.right_key))
