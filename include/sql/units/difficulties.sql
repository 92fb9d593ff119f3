-- name: collect
-- What the boxes of accepted forms say and the register has not: the row whose first cell is the box's title. The same
-- words of the same sender for the same period, in a form sent again, are the same difficulty.
-- Grain: one row per difficulty that is new.
with box as (
    select row.record_id, form.sender as actor, form.report_kind, form.period_start, form.received_at,
           btrim(regexp_replace(
               array_to_string(array_remove(row.cells, ''), ' '), '^\s*khó khăn, vướng mắc(\s*\(nếu có\))?\s*:?\s*', '',
               'i')) as said
    from core.submission_version as form
    join raw.source_row as row on row.table_id = form.submission_id
    join ops.row_verdict as verdict using (record_id)
    where verdict.verdict = 'ignored' and verdict.why = 'note'
      and normalize((array_remove(row.cells, ''))[1], nfc) ~* '^\s*khó khăn, vướng mắc'
),

fresh as (
    select distinct on (actor, report_kind, period_start, said) box.*
    from box
    where said <> '' and not exists (
        select from ops.difficulty
        join box as known using (record_id)
        where difficulty.actor = box.actor and difficulty.report_kind = box.report_kind
          and difficulty.period_start = box.period_start and known.said = box.said)
    order by actor, report_kind, period_start, said, received_at, record_id
)

insert into ops.difficulty (actor, told_at, report_kind, period_start, record_id)
select actor, received_at, report_kind, period_start, record_id
from fresh
order by received_at, record_id
on conflict (record_id) do nothing
returning difficulty_id;

-- name: listed
-- Open ones first, the oldest first. Grain: one row per difficulty; :difficulty_id null: all of them.
select difficulty.difficulty_id, difficulty.actor, difficulty.told_at, difficulty.report_kind,
       difficulty.period_start, difficulty.theme, difficulty.owner, difficulty.answer, difficulty.answered_by,
       difficulty.answered_at,
       coalesce(difficulty.said, btrim(regexp_replace(
           array_to_string(array_remove(row.cells, ''), ' '), '^\s*khó khăn, vướng mắc(\s*\(nếu có\))?\s*:?\s*', '',
           'i'))) as said
from ops.difficulty
left join raw.source_row as row using (record_id)
where (cast(:difficulty_id as integer) is null or difficulty.difficulty_id = :difficulty_id)
  and difficulty.told_at <= :moment
order by difficulty.answered_at is not null, difficulty.told_at, difficulty.difficulty_id;

-- name: add
insert into ops.difficulty (actor, told_at, said, entered_by, theme)
values (:actor, :moment, :said, :entered_by, :theme)
returning difficulty_id;

-- name: answer
-- Grain: one row, or none where there is no such difficulty.
update ops.difficulty
set answer = :answer, answered_by = :answered_by, answered_at = :moment
where difficulty_id = :difficulty_id
returning difficulty_id, actor;

-- name: sort
update ops.difficulty
set theme = coalesce(:theme, theme), owner = coalesce(:owner, owner)
where difficulty_id = :difficulty_id
returning difficulty_id;

-- name: open_counts
-- Without what anybody wrote. Grain: one row per theme of which something is open.
select theme, count(*) as open, min(told_at) as oldest_at
from ops.difficulty
where answered_at is null and told_at <= :moment
group by theme
order by count(*) desc, theme;
