-- Published reports in whose frozen text one of the words stands. Grain: one row per report.
select report_kind, period, revision
from ops.report
where exists (
    select 1 from unnest(cast(:words as text[])) as word where position(word in cast(frozen as text)) > 0)
order by report_kind, period, revision
