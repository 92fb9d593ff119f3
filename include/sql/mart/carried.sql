-- What the submission channel gives each unit: its form's values, else its last accepted cumulative
-- of an earlier period. Grain: one row per period, indicator and unit.
create temporary table declared_or_carried on commit drop as
with earlier as (
    select distinct on (period.no, submission.unit_code, value.indicator_code)
           period.no, submission.unit_code, value.indicator_code, value.cumulative, value.cumulative_2
    from report_period as period
    join core.submission
      on submission.unit_code is not null
     and case when submission.report_kind = period.report_kind then submission.period_start < period.s
              else submission.period_end - 1 < period.s end
    join core.submission_value as value using (submission_id)
    where value.cumulative is not null
    order by period.no, submission.unit_code, value.indicator_code, submission.period_end desc,
             submission.report_kind
),
has_form as (
    select distinct no, unit_code from evidence where channel = 'submission'
)
select period.no, indicator.code as indicator_code, report_unit.unit_code,
       case when has_form.no is not null then 'submission' end as channel,
       own.in_period, own.in_period_2,
       case when has_form.no is not null then own.cumulative else earlier.cumulative end as cumulative,
       case when has_form.no is not null then own.cumulative_2 else earlier.cumulative_2 end as cumulative_2
from report_period as period
cross join indicator
cross join report_unit
left join has_form on has_form.no = period.no and has_form.unit_code = report_unit.unit_code
left join evidence as own
  on own.no = period.no and own.indicator_code = indicator.code
 and own.unit_code = report_unit.unit_code and own.channel = 'submission'
left join earlier
  on earlier.no = period.no and earlier.indicator_code = indicator.code
 and earlier.unit_code = report_unit.unit_code
where indicator.has_submission
