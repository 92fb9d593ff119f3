-- name: arrived
select distinct source from ops.source_file;

-- name: figures_known
-- Whether a period's figures were judged when all that is known now was known. Grain: one row.
with last_arrival as (
    select greatest(
        (select max(received_at) from ops.source_file),
        (select max(known_from) from core.producer_version),
        (select max(known_from) from core.producer_member_version),
        (select max(known_until) from core.producer_member_version where known_until <> 'infinity')) as at
)
select exists(
    select 1
    from ops.check_run
    cross join last_arrival
    where gate = 'figures' and source is null and report_kind = :report_kind and period = :period
      and known_until is not distinct from last_arrival.at
);

-- name: files_stopped
-- Files of a source whose merge a check has stopped. Grain: one row per file.
select 'stopped.' || rule as problem, 'file ' || file_id as field
from ops.source_file
where source = :source and status = 'received' and rule is not null and rule <> 'source_held';

-- name: keep_check
insert into ops.quality_check (check_name, gate, source, entity, severity, label, reason, mended_by, mended_by_name)
values (:check_name, :gate, :source, :entity, :severity, :label, :reason, :mended_by, :mended_by_name)
on conflict (check_name) do update set
    gate = excluded.gate, source = excluded.source, entity = excluded.entity,
    severity = excluded.severity, label = excluded.label, reason = excluded.reason,
    mended_by = excluded.mended_by, mended_by_name = excluded.mended_by_name;

-- name: keep_finding
insert into ops.check_finding (
    run_id, check_name, position, unit_code, indicator_code, field, found, expected, failed_rows)
values (
    :run_id, :check_name, :position, :unit_code, :indicator_code, :field, :found, :expected, :failed_rows);

-- name: keep_result
insert into ops.check_result (run_id, check_name, severity, is_passed, checked_rows, failed_rows)
values (:run_id, :check_name, :severity, :is_passed, :checked_rows, :failed_rows);

-- name: keep_run
insert into ops.check_run (
    gate, source, report_kind, period, checked_at, known_until, code_version)
values (
    :gate, :source, :report_kind, :period, :checked_at, :known_until, :code_version)
returning run_id;

-- name: nothing
select 1 as one;

-- name: odd_figures
-- What did not pass when the figures of a period were last judged, as known. Grain: one row per check and
-- place, in the order of severity, check and place.
with last_run as (
    select max(run_id) as run_id
    from ops.check_run
    where gate = 'figures' and report_kind = :report_kind and period = :period
      and (known_until is null or known_until <= core.known_at())
)
select result.check_name, declared.label, declared.reason, result.severity, declared.source,
       declared.mended_by, declared.mended_by_name, finding.unit_code, finding.indicator_code, finding.found,
       finding.expected
from last_run
join ops.check_result as result on result.run_id = last_run.run_id and not result.is_passed
join ops.quality_check as declared using (check_name)
left join ops.check_finding as finding
  on finding.run_id = result.run_id and finding.check_name = result.check_name
order by result.severity, result.check_name collate "C", finding.position;

-- name: problems
-- What did not pass in the files of a source that came since a moment and is not mended: files rejected,
-- rows held back, doubts about rows and forms. No values. Grain: one row per file or row and rule.
select 'files.' || rule as problem, 'file ' || file_id as field
from ops.source_file
where source = :source and received_at >= :since and status = 'rejected'
union all
select 'rows.' || quarantine.rule, quarantine.entity || ': ' || quarantine.field
from ops.quarantine
join ops.source_file as file using (file_id)
where file.source = :source and file.received_at >= :since and quarantine.closed_at is null
union all
select 'doubts.' || warning.rule, coalesce(warning.field, '')
from ops.row_warning as warning
join ops.source_file as file using (file_id)
where file.source = :source and file.received_at >= :since
union all
select 'doubts.' || doubt.rule, coalesce(doubt.unit_code, doubt.sender) || ' ' || doubt.indicator_code
from core.submission_doubt as doubt
join ops.source_file as file using (file_id)
where file.source = :source and file.received_at >= :since;

-- name: rows_read
select count(*) as files, coalesce(sum(rows_read), 0) as rows_read
from ops.source_file
where source = :source and received_at >= :since and status in ('loaded', 'rejected', 'duplicate');

-- name: units
select count(*) from core.unit where valid_from <= :last_day and (valid_to is null or valid_to >= :last_day);

-- name: waive
insert into ops.check_waiver (file_id, check_name, waived_at, waived_by, reason)
select file_id, rule, :moment, :by, :reason
from ops.source_file
where file_id = :file_id and status = 'received' and rule is not null and rule <> 'source_held'
on conflict (file_id, check_name) do nothing
returning check_name;
