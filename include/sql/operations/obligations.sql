-- name: draft_keep
insert into ops.draft (report_kind, period, built_at, known_until, figures_sha256)
values (:report_kind, :period, :built_at, :known_until, :figures_sha256)
on conflict (report_kind, period) do update set
    built_at = excluded.built_at, known_until = excluded.known_until,
    figures_sha256 = excluded.figures_sha256;

-- name: drafts
-- Drafts of reports that are not published. Grain: one row per period.
select draft.report_kind, draft.period, draft.built_at, draft.known_until, draft.figures_sha256
from ops.draft
left join ops.report using (report_kind, period)
where report.period is null
order by draft.report_kind, draft.period;

-- name: is_in_operation
-- Whether a report is owed: begun in any way, or the one before it published. Grain: one row.
select exists (
    select 1 from ops.report
    where report_kind = :report_kind and period in (:period, :before)
    union all
    select 1 from ops.release where report_kind = :report_kind and period = :period
    union all
    select 1 from ops.draft where report_kind = :report_kind and period = :period
);

-- name: release_of
select released_at, how, released_by from ops.release
where report_kind = :report_kind and period = :period;

-- name: release_record
insert into ops.release (report_kind, period, released_at, how, released_by)
values (:report_kind, :period, :moment, :how, :released_by)
on conflict (report_kind, period) do nothing
returning period;
