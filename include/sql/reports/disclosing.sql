-- name: before
-- What the packages were to show until now, in their order. Grain: one row per package, part and unit.
select package_no, period_end, part, unit_code, value, is_shown
from ops.public_figure
where indicator_code = :code
order by package_no, part, unit_code;

-- name: contributed_before
-- Grain: one row per unit and contributor.
select unit_code, contributor, amount
from ops.public_contribution
where indicator_code = :code and part = :part;

-- name: forget_contributed
delete from ops.public_contribution
where indicator_code = :code and part = :part and unit_code = any(cast(:units as text[]));

-- name: insert
insert into ops.public_figure (
    package_no, report_kind, period, revision, period_end, indicator_code, part, unit_code, value, is_shown)
values (:package_no, :report_kind, :period, :revision, :period_end, :code, :part, :unit_code, :value, :is_shown);

-- name: next_number
select coalesce(max(package_no), 0) + 1 from ops.public_figure;

-- name: open_reports
-- Published reports of the first plan without a package, in the order of publication: those after the last one with a package; before
-- the first, the one asked for. Grain: one row per report and revision.
with last as (
    select max(report.published_at) as published_at
    from ops.public_figure
    join ops.report using (report_kind, period, revision)
),
asked as (
    select published_at from ops.report
    where report_kind = :report_kind and period = :period and revision = :revision
)
select report.report_kind, report.period, report.revision,
       greatest(report.known_at, report.published_at) as known_at
from ops.report
cross join last
cross join asked
where report.published_at <= asked.published_at and report.report_kind in ('week', 'month')
  and case when last.published_at is null then report.published_at = asked.published_at
           else report.published_at > last.published_at end
order by report.published_at, report.report_kind, report.period, report.revision;

-- name: printed
-- The printed cumulatives of a report. Grain: one row per unit and indicator.
select unit_code, indicator_code, cumulative, cumulative_2, channel
from mart.indicator_published
where report_kind = :report_kind and period = :period and revision = :revision
order by unit_code collate "C";
