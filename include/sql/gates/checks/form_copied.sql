-- Units whose last three forms say the same in every row of the period, and something. Grain: one row per unit.
with form as (
    select submission.unit_code, submission.period_start,
           string_agg(value.indicator_code || '=' || value.in_period, ' ' order by value.indicator_code) as said,
           sum(value.in_period) as total
    from core.submission
    join core.submission_value as value using (submission_id)
    where submission.report_kind = :report_kind and submission.unit_code is not null
      and submission.period_start > :three_before and submission.period_start <= :period_start
      and value.in_period is not null
    group by submission.unit_code, submission.period_start
)
select unit_code, cast(null as text) as indicator_code, max(total) as found, max(total) as expected
from form
group by unit_code
having count(*) = 3 and count(distinct said) = 1 and max(total) > 0
