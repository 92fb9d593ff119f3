-- name: last_values
-- What a unit last declared up to a day, by forms of the same kind. Grain: one row per indicator.
select distinct on (value.indicator_code)
       value.indicator_code, value.cumulative, value.cumulative_2,
       form.period_end - 1 as until_on
from core.submission as form
join core.submission_value as value using (submission_id)
where form.unit_code = :unit_code and form.report_kind = :report_kind
  and form.period_end <= :before and value.cumulative is not null
order by value.indicator_code, form.period_end desc;
