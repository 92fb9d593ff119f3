drop view if exists mart.period cascade;
create view mart.period as
with computed as (
    select distinct report_kind, period_start, period_end from mart.indicator_value
),
published as (
    select report_kind, period_start, period_end, max(revision) as last_revision,
           min(published_at) as published_at, max(published_at) as changed_at
    from ops.report
    group by report_kind, period_start, period_end
)
select report_kind,
       case split_part(report_kind, '_', 1) when 'week' then to_char(period_end, 'YYYY-MM-DD')
                        else to_char(period_start, 'YYYY-MM') end as period,
       period_start, period_end,
       published.published_at is not null as is_published,
       published.last_revision, published.published_at, published.changed_at
from computed
full join published using (report_kind, period_start, period_end);
comment on view mart.period is 'Weeks and months that were computed or published. Grain: one row per period.';
comment on column mart.period.report_kind is 'week or month, of a further plan as week_kh2.';
comment on column mart.period.period is 'Due date of the week, or YYYY-MM.';
comment on column mart.period.period_start is 'First day.';
comment on column mart.period.period_end is 'Day after the last day.';
comment on column mart.period.is_published is 'Whether its report is published.';
comment on column mart.period.last_revision is '0, or the number of its last correction; null while it is not published.';
comment on column mart.period.published_at is 'Moment of its first publication.';
comment on column mart.period.changed_at is 'Moment of its last correction, else of its publication.';

-- The columns of tables that join it.
comment on column mart.indicator_value.period_start is 'First day; with report_kind the period (mart.period).';
comment on column mart.indicator_evidence.period_start is 'First day; with report_kind the period (mart.period).';
comment on column mart.indicator_published.period is 'Due date of the week, or YYYY-MM; with report_kind the period (mart.period).';
