-- Which files changed a platform figure between then and now, by unit. Only things that count otherwise
-- than before: of these the files of the records that count now and did not then (or otherwise), and
-- those that replaced a record that counted. Where only the resolution of producers changed: the files
-- it was resolved anew with. Grain: one row per unit and file.
with counted as (
    select 'then' as at, * from traced_then where is_in_period or is_cumulative
    union all
    select 'now', * from traced_now where is_in_period or is_cumulative
),
thing_counted as (
    select part, unit_code, thing,
           count(*) filter (where at = 'then' and is_in_period) > 0 as then_in_period,
           count(*) filter (where at = 'now' and is_in_period) > 0 as now_in_period,
           count(*) filter (where at = 'then' and is_cumulative) > 0 as then_cumulative,
           count(*) filter (where at = 'now' and is_cumulative) > 0 as now_cumulative,
           coalesce(sum(amount) filter (where at = 'then'), 0) as then_amount,
           coalesce(sum(amount) filter (where at = 'now'), 0) as now_amount
    from counted
    group by part, unit_code, thing
),
thing_changed as (
    select part, thing
    from thing_counted
    where then_in_period <> now_in_period or then_cumulative <> now_cumulative
       or then_amount <> now_amount
),
changed as (
    select coalesce(fresh.record_id, stale.record_id) as record_id,
           stale.record_id is null as is_new,
           stale.unit_code as old_unit, fresh.unit_code as new_unit
    from (select counted.* from counted where at = 'then') as stale
    full join (select counted.* from counted where at = 'now') as fresh
      on fresh.record_id = stale.record_id and fresh.part = stale.part
    where row(stale.unit_code, stale.thing, stale.amount, stale.is_in_period, stale.is_cumulative)
          is distinct from
          row(fresh.unit_code, fresh.thing, fresh.amount, fresh.is_in_period, fresh.is_cumulative)
      and (coalesce(fresh.part, stale.part), coalesce(fresh.thing, stale.thing)) in (
          select thing_changed.part, thing_changed.thing from thing_changed)
),
cause as (
    select old_unit, new_unit, ops.file_of(record_id) as file_id
    from changed
    where is_new
    union
    select old_unit, new_unit, ops.file_of(successor.next_record_id)
    from changed
    join core.successor using (record_id)
    where not is_new
),
received as (
    select cause.old_unit, cause.new_unit, file.file_id
    from cause
    join ops.source_file as file using (file_id)
    where file.received_at > :known_at
),
relinked as (
    select distinct changed.old_unit, changed.new_unit, file.file_id
    from changed
    join ops.source_file as file
      on file.received_at > :known_at and file.status = 'loaded'
     and (file.entity ~ 'registry|wallet' or file.entity = 'stall')
    where not exists (select 1 from received)
)
select place.unit_code, found.file_id
from (select * from received union select * from relinked) as found
cross join lateral (values ('22'), (found.old_unit), (found.new_unit)) as place (unit_code)
where place.unit_code is not null
group by place.unit_code, found.file_id
order by place.unit_code, found.file_id
