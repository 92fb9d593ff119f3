drop view if exists mart.public_figure cascade;
create view mart.public_figure as
with shown as (
    select package_no, indicator_code, part, unit_code, value, period_end,
           lag(value) over of_figure as value_before, lag(period_end) over of_figure as period_end_before
    from ops.public_figure
    where is_shown
    window of_figure as (partition by indicator_code, part, unit_code order by package_no)
)
select package.report_kind, package.period, package.revision, package.indicator_code, package.part,
       package.unit_code, shown.value, shown.period_end - 1 as as_of_on,
       shown.value - shown.value_before as added, shown.period_end_before - 1 as added_since_on,
       coalesce(shown.package_no = package.package_no, false) as is_new
from ops.public_figure as package
left join lateral (
    select * from shown
    where shown.indicator_code = package.indicator_code and shown.part = package.part
      and shown.unit_code = package.unit_code and shown.package_no <= package.package_no
    order by shown.package_no desc
    limit 1
) as shown on true;
comment on view mart.public_figure is 'What the packages for the public show of the cumulatives, by the rule of docs/rules/privacy.md. Grain: one row per report, revision, indicator, part and unit.';
comment on column mart.public_figure.report_kind is 'week or month';
comment on column mart.public_figure.period is 'Name of the period.';
comment on column mart.public_figure.revision is '0 is what was published first.';
comment on column mart.public_figure.indicator_code is 'Indicator, as I or II.3.';
comment on column mart.public_figure.part is '1, or 2 for the second part of values printed as 125/34.';
comment on column mart.public_figure.unit_code is 'Unit, or the home province.';
comment on column mart.public_figure.value is 'The cumulative as last shown; null: none was shown yet.';
comment on column mart.public_figure.as_of_on is 'Last day of the period that the value is of; before the report''s own where what was added since is withheld.';
comment on column mart.public_figure.added is 'What it is more than the value shown before; null for the first.';
comment on column mart.public_figure.added_since_on is 'Day of the value shown before.';
comment on column mart.public_figure.is_new is 'Whether this package is the first to show it.';
