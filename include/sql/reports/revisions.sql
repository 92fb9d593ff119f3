-- name: frozen
select frozen
from ops.report
where report_kind = :report_kind and period = :period and revision = :revision;

-- name: published
-- The published revisions of a report, the first one first. Grain: one row per revision.
select revision as number, published_at, coalesce(known_at, published_at) as known_at, reason
from ops.report
where report_kind = :report_kind and period = :period
order by revision;
