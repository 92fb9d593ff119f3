-- Channel submission, province: sums over the units that have a value (a unit that did not report
-- keeps its carried cumulative); III.6 and III.7 are unions of the lists in the notes, the second part
-- of III.1 is blank. "carried": no unit has a form for the period, so that only the cumulative stands;
-- it is no available channel. Grain: one row per period and indicator.
insert into evidence
with listed as (
    select period.no, value.indicator_code,
           case when value.indicator_code = 'III.6' and period.e > date '2025-07-01'
                then province_successor.successor_code else place end as place,
           case period.report_kind
               when 'week' then submission.report_kind = 'week' and submission.period_start = period.s
               else case when exists (
                       select 1 from core.submission as own
                       where own.unit_code = submission.unit_code and own.report_kind = 'month'
                         and own.period_start = period.s)
                    then submission.report_kind = 'month' and submission.period_start = period.s
                    else submission.report_kind = 'week'
                     and submission.period_end - 1 between period.s and period.e - 1 end
           end as is_in_period
    from report_period as period
    join core.submission on submission.period_end <= period.e and submission.unit_code is not null
    join core.submission_value as value using (submission_id)
    cross join lateral unnest(value.places) as place
    left join core.province_successor on province_successor.province_code = place
),
places as (
    select no, indicator_code,
           count(distinct place) filter (where is_in_period) as in_period,
           count(distinct place) as cumulative
    from listed
    group by no, indicator_code
),
summed as (
    select no, indicator_code, count(channel) as units_reporting,
           count(cumulative) as units_with_value,
           sum(in_period) as in_period, sum(in_period_2) as in_period_2,
           sum(cumulative) as cumulative, sum(cumulative_2) as cumulative_2
    from declared_or_carried
    group by no, indicator_code
)
select summed.no, summed.indicator_code, '22',
       case when summed.units_reporting > 0 then 'submission' else 'carried' end,
       case when indicator.places is null then summed.in_period
            when summed.units_reporting > 0 then coalesce(places.in_period, 0) end,
       case when summed.indicator_code <> 'III.1' then summed.in_period_2 end,
       case when indicator.places is null then summed.cumulative
            when summed.units_with_value > 0 then coalesce(places.cumulative, 0) end,
       case when summed.indicator_code <> 'III.1' then summed.cumulative_2 end
from summed
join indicator on indicator.code = summed.indicator_code
left join places using (no, indicator_code)
where indicator.has_submission
