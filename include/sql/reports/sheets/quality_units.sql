-- Each unit's form of the period. Grain: one row per unit.
select report_unit.unit_code as unit,
       case when submission.submission_id is null then
                case when rejected.file_id is not null then 'Bị từ chối, chưa gửi lại'
                     when :cadence = 'month' and exists (
                         select from core.submission as weekly
                         where weekly.unit_code = report_unit.unit_code and weekly.report_kind = :week_kind
                           and weekly.period_end > :period_start and weekly.period_end <= :period_end)
                         then 'Tính từ biểu tuần'
                     else 'Chưa báo cáo' end
            when submission.received_at > :due_at then 'Đã báo cáo, muộn'
            else 'Đã báo cáo, đúng hạn' end as status,
       coalesce(submission.received_at, rejected.received_at) as received_at,
       coalesce(file.rows_quarantined, 0) as rows_quarantined,
       (select count(*) from ops.row_warning where row_warning.file_id = submission.file_id)
       + (select count(*) from core.submission_doubt as doubt
          where doubt.submission_id = submission.submission_id) as warnings,
       coalesce(file.name, rejected.name) as file
from core.reporters_on(:last_day) as report_unit
left join core.submission
  on submission.unit_code = report_unit.unit_code and submission.report_kind = :report_kind
 and submission.period_start = :period_start
left join ops.source_file as file on file.file_id = submission.file_id
left join lateral (
    select other.file_id, other.received_at, other.name
    from ops.source_file as other
    where other.unit_code = report_unit.unit_code and other.status = 'rejected'
      and other.export_date between :period_start and :period_end
      and other.received_at <= core.known_at()
    order by other.received_at desc, other.file_id desc
    limit 1
) as rejected on submission.submission_id is null
order by report_unit.position
