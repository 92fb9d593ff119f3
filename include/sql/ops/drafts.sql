-- Drafts of reports that are not published. Grain: one row per period.
select draft.report_kind, draft.period, draft.built_at, draft.known_until, draft.figures_sha256
from ops.draft
left join ops.report using (report_kind, period)
where report.period is null
order by draft.report_kind, draft.period
