-- Every published report with its files. Grain: one row per report, revision and file.
select report.report_kind, report.period, report.revision, report.published_at, report.reason,
       release.how, release.released_by, release.released_at, report_file.name, report_file.sha256,
       report_file.size_bytes
from ops.report
join ops.report_file using (report_kind, period, revision)
left join ops.release using (report_kind, period)
order by report.period_end desc, report.report_kind desc, report.revision desc, report_file.name
