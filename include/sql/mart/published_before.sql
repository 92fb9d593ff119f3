-- Earlier published periods of a kind with their last revision. Grain: one row per period.
select distinct on (report.period)
       report.period, report.revision, report.known_at,
       coalesce(report_check.checked_until, report.known_at) as checked_until
from ops.report
left join ops.report_check using (report_kind, period)
where report.report_kind = :report_kind and report.period_end <= :period_start
  and report.published_at <= core.known_at()
order by report.period, report.revision desc
