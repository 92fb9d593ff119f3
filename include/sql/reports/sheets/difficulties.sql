-- What units and others told and wait for, and what was answered in the period (docs/rules/reports.md#difficulties).
-- Grain: one row per difficulty.
select coalesce(unit.full_name, actor.name, difficulty.actor) as who, difficulty.told_at,
       coalesce(difficulty.said, btrim(regexp_replace(
           array_to_string(array_remove(row.cells, ''), ' '), '^\s*khó khăn, vướng mắc(\s*\(nếu có\))?\s*:?\s*', '',
           'i'))) as said,
       case when difficulty.answered_at is not null then 'Đã trả lời' else 'Chưa trả lời' end as state,
       difficulty.answer
from ops.difficulty
left join raw.source_row as row using (record_id)
left join core.unit
  on unit.unit_code = difficulty.actor and unit.valid_from <= :last_day
 and (unit.valid_to is null or unit.valid_to >= :last_day)
left join unnest(cast(:actors as text[]), cast(:actor_names as text[])) as actor (key, name)
  on actor.key = difficulty.actor
where difficulty.told_at <= core.known_at() and difficulty.told_at < :due_at
  and (difficulty.answered_at is null or difficulty.answered_at >= :period_start)
order by difficulty.answered_at is not null, difficulty.told_at, difficulty.difficulty_id;
