-- name: periods
-- Published reports, of each its last revision. Grain: one row per report.
select report.report_kind, report.period, report.period_start, report.period_end - 1 as last_day,
       report.revision, first.published_at as first_published_at, report.published_at, report.known_at,
       report.figures_sha256
from ops.report
join lateral (
    select min(each.published_at) as published_at, max(each.revision) as revision
    from ops.report as each
    where each.report_kind = report.report_kind and each.period = report.period
) as first on first.revision = report.revision
where cast(:kind as text) is null or report.report_kind = :kind
order by report.period_start, report.report_kind;

-- name: quality
-- Verdicts of the checks when they were asked last for each gate, source and period. Grain: one row per check.
select run.gate, run.source, run.report_kind, run.period, run.checked_at, result.check_name, result.severity,
       result.is_passed, result.checked_rows, result.failed_rows
from (
    select distinct on (gate, source, report_kind, period)
           run_id, gate, source, report_kind, period, checked_at
    from ops.check_run
    order by gate, source, report_kind, period, checked_at desc, run_id desc
) as run
join ops.check_result as result using (run_id)
where cast(:kind as text) is null or run.report_kind = :kind
order by run.period desc, run.report_kind, run.gate, run.source nulls first, result.check_name;
