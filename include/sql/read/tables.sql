-- name: as_analyst
-- What an analyst may read, and nothing is written.
set local role lensan_analyst;

-- name: figures
-- The figures as printed: of each published report the last revision, as of a moment the last until then.
select figure.report_kind, figure.period, figure.period_start, figure.period_end, figure.revision,
       figure.unit_code, figure.indicator_code, figure.in_period, figure.in_period_2, figure.previous,
       figure.growth_pct, figure.cumulative, figure.cumulative_2, figure.base, figure.target_share,
       figure.completion_pct, figure.channel, figure.note, figure.published_at
from mart.indicator_published as figure
join (
    select report_kind, period, max(revision) as revision
    from ops.report
    where published_at <= coalesce(cast(:as_known_at as timestamptz), 'infinity')
    group by report_kind, period
) as last using (report_kind, period, revision)
where figure.report_kind = :kind
  and figure.period_start >= coalesce(cast(:first as date), '-infinity')
  and figure.period_end <= coalesce(cast(:last as date) + 1, 'infinity')
order by figure.period_start, figure.unit_code collate "C", figure.indicator_code collate "C";

-- name: regions
-- The figures of regions as printed: of each published report the last revision.
select figure.report_kind, figure.period, figure.period_start, figure.period_end, figure.revision,
       figure.region_code, figure.region, figure.is_reporting, figure.indicator_code, figure.in_period,
       figure.in_period_2, figure.previous, figure.growth_pct, figure.cumulative, figure.cumulative_2, figure.base,
       figure.target_share, figure.completion_pct, figure.channel, figure.note, figure.published_at
from mart.region_published as figure
join (
    select report_kind, period, max(revision) as revision from ops.report group by report_kind, period
) as last using (report_kind, period, revision)
where figure.report_kind = :kind
  and figure.period_start >= coalesce(cast(:first as date), '-infinity')
  and figure.period_end <= coalesce(cast(:last as date) + 1, 'infinity')
order by figure.period_start, figure.region_code collate "C", figure.indicator_code collate "C";

-- name: evidence
-- What each channel says of a figure, as computed last.
select report_kind, period_start, period_end, unit_code, indicator_code, channel, in_period, in_period_2,
       cumulative, cumulative_2, computed_at
from mart.indicator_evidence
where report_kind = :kind
  and period_start >= coalesce(cast(:first as date), '-infinity')
  and period_end <= coalesce(cast(:last as date) + 1, 'infinity')
order by period_start, unit_code collate "C", indicator_code collate "C", channel collate "C";

-- name: order_lines
-- Order lines by the day of the order.
select *
from mart.order_line
where (cast(:first as date) is null or ordered_on >= :first)
  and (cast(:last as date) is null or ordered_on <= :last)
order by platform collate "C", order_no collate "C", line_no;

-- name: submissions
-- The units' forms: when each came and how complete it is.
select *
from mart.unit_report
where report_kind = :kind
  and period_start >= coalesce(cast(:first as date), '-infinity')
  and period_end <= coalesce(cast(:last as date) + 1, 'infinity')
order by period_start, unit_code collate "C";

-- name: columns
-- The columns of a view or table: type, and what its comment says.
select attribute.attname as name, format_type(attribute.atttypid, null) as type,
       coalesce(col_description(attribute.attrelid, attribute.attnum), '') as comment
from pg_attribute as attribute
where attribute.attrelid = cast(:object as regclass) and attribute.attnum > 0
  and not attribute.attisdropped
order by attribute.attnum;
