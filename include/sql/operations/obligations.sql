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
select exists(
    select 1 from ops.report
    where report_kind = :report_kind and period in (:period, :before)
    union all
    select 1 from ops.release where report_kind = :report_kind and period = :period
    union all
    select 1 from ops.draft where report_kind = :report_kind and period = :period
    union all
    -- Its run began, and got no further than its figures: evidence is written anew each time, a value where it differs.
    select 1 from mart.indicator_evidence
    where report_kind = :report_kind and period_start = :period_start and computed_at >= :draft_at
    union all
    select 1 from mart.indicator_value
    where report_kind = :report_kind and period_start = :period_start and computed_at >= :draft_at
);

-- name: last_published
-- The last period of which a report was published; null where there is none.
select period from ops.report where report_kind = :report_kind order by period_end desc limit 1;

-- name: not_yet_keep
insert into ops.not_yet (report_kind, period, said_at, said_by, reason)
values (:report_kind, :period, :moment, :said_by, :reason)
on conflict (report_kind, period, said_at, said_by) do nothing
returning period;

-- name: not_yet_last
-- What an officer said last against releasing a report. Grain: one row, or none.
select said_at, said_by, reason
from ops.not_yet
where report_kind = :report_kind and period = :period
order by said_at desc
limit 1;

-- name: published_at
-- When a period was published first; null where it is not.
select min(published_at) from ops.report where report_kind = :report_kind and period = :period;

-- name: release_of
select released_at, how, released_by, wants_mail from ops.release
where report_kind = :report_kind and period = :period;

-- name: release_record
insert into ops.release (report_kind, period, released_at, how, released_by, wants_mail)
values (:report_kind, :period, :moment, :how, :released_by, :wants_mail)
on conflict (report_kind, period) do nothing
returning period;

-- name: substance
-- What there is of a period at all: units in force on its last day, whether any source has sent something for
-- it, whether any figure that was computed of it has a value. Grain: one row.
select
    exists(
        select 1 from core.unit
        where valid_from <= :last_day and (valid_to is null or valid_to >= :last_day)) as has_units,
    exists (
        select 1 from ops.source_file
        where status in ('loaded', 'duplicate') and export_date between :period_start and :newest_on)
    or exists (
        select 1 from core.submission_version
        where report_kind = :report_kind and period_start = :period_start) as has_received,
    (
        select count(*) = 0 or count(in_period) > 0 from mart.indicator_value
        where report_kind = :report_kind and period_start = :period_start) as has_figures;
