-- What did not pass: files rejected, rows held back, rows and forms accepted with a doubt; forms of
-- this period only; then what gate core last found. Grain: one row per source, severity and check.
with core_run as (
    select max(run_id) as run_id
    from ops.check_run
    where gate = 'core' and (known_until is null or known_until <= core.known_at())
    group by source
),
failed as (
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
    union all
    select declared.source, case result.severity when 'fail' then 1 else 3 end,
           case result.severity when 'fail' then 'Không đạt' else 'Cảnh báo' end, result.check_name,
           result.failed_rows
    from core_run
    join ops.check_result as result using (run_id)
    join ops.quality_check as declared using (check_name)
    where not result.is_passed
)
select coalesce(source.title, 'Nhiều nguồn') as source, failed.severity, failed.failed_rows,
       coalesce(rule.label, declared.label, failed.rule) as "check",
       coalesce(rule.reason, declared.reason) as reason,
       coalesce(declared.mended_by_name,
                case rule.mended_by when 'engineer' then 'Kỹ sư dữ liệu' else source.contact end) as mended_by
from failed
left join unnest(cast(:sources as text[]), cast(:source_titles as text[]), cast(:source_contacts as text[]))
    with ordinality as source (code, title, contact, position) on source.code = failed.source
left join ops.rule on rule.rule = failed.rule
left join ops.quality_check as declared on declared.check_name = failed.rule
order by source.position nulls last, failed.rank, failed.failed_rows desc, failed.rule
