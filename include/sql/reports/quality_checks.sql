-- What did not pass: files rejected, rows held back, rows and forms accepted with a doubt; forms of
-- this period only. Grain: one row per source, severity and rule.
with failed as (
    select source, 1 as rank, 'Từ chối tệp' as severity, rule, count(*) as failed_rows
    from ops.source_file
    where status = 'rejected' and received_at <= core.known_at()
    group by source, rule
    union all
    select file.source, 2, 'Giữ lại dòng', quarantine.rule, count(distinct quarantine.record_id)
    from ops.quarantine
    join ops.source_file as file using (file_id)
    where quarantine.opened_at <= core.known_at()
      and (quarantine.closed_at is null or quarantine.closed_at > core.known_at())
    group by file.source, quarantine.rule
    union all
    select file.source, 3, 'Cảnh báo', warning.rule, count(distinct warning.record_id)
    from ops.row_warning as warning
    join ops.source_file as file using (file_id)
    where file.received_at <= core.known_at()
    group by file.source, warning.rule
    union all
    select file.source, 3, 'Cảnh báo', doubt.rule, count(*)
    from core.submission_doubt as doubt
    join ops.source_file as file using (file_id)
    where doubt.report_kind = :report_kind and doubt.period_start = :period_start
    group by file.source, doubt.rule
)
select source.title as source, failed.severity, failed.failed_rows,
       coalesce(rule.label, failed.rule) as "check", rule.reason
from failed
join unnest(cast(:sources as text[]), cast(:source_titles as text[])) with ordinality
    as source (code, title, position) on source.code = failed.source
left join ops.rule using (rule)
order by source.position, failed.rank, failed.failed_rows desc, failed.rule
