-- How each unit has reported since the plan's start, and in the last eight periods: of the periods in which
-- any unit has reported. Grain: one row per unit.
with period as (
    select distinct period_start,
           dense_rank() over (order by period_start desc) as place
    from mart.unit_report
    where report_kind = :report_kind and period_start <= :period_start
),
place as (
    select report_unit.unit_code, report_unit.position, period.place,
           sent.is_on_time, sent.received_at is not null as is_sent,
           coalesce(sent.values_given, 0) as values_given, sent.values_expected
    from core.reporters_on(:last_day) as report_unit
    cross join period
    left join mart.unit_report as sent
      on sent.unit_code = report_unit.unit_code and sent.report_kind = :report_kind
     and sent.period_start = period.period_start
)
select unit_code as unit, count(*) as periods, count(*) filter (where is_sent) as sent,
       count(*) filter (where is_on_time) as on_time,
       round(100.0 * count(*) filter (where is_on_time) / count(*), 1) as on_time_pct,
       round(100.0 * count(*) filter (where is_on_time and place <= 8)
             / nullif(count(*) filter (where place <= 8), 0), 1) as on_time_pct_8,
       round(100.0 * sum(values_given) filter (where is_sent)
             / nullif(sum(values_expected) filter (where is_sent), 0), 1) as complete_pct
from place
group by unit_code, position
order by position
