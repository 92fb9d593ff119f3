-- Declared figures of a unit that leap against the period before (twice as much or half, by at least 10), or a
-- cumulative that falls by a twentieth, where the form was read by other columns than the unit's form before:
-- a figure that leaps because the file is of another kind. Headers are compared without digits, which name
-- days. Grain: one row per figure.
with form as (
    select submission.unit_code, submission.period_start, submission.period_end,
           regexp_replace(file.name, '^.*/', '') as file_name, (
               select string_agg(
                   regexp_replace(header.key || '=' || header.value, '\d+', '', 'g'), '|' order by header.key)
               from jsonb_array_elements(file.understood -> 'tables') as told (section)
               cross join jsonb_each_text(told.section -> 'columns') as header
               where told.section ->> 'entity' = 'submission'
           ) as columns_read
    from core.submission
    join ops.source_file as file using (file_id)
    where submission.report_kind = :report_kind and submission.unit_code is not null
      and submission.period_start > :eight_before and submission.period_start <= :period_start
),
other_form as (
    select present.unit_code, present.file_name
    from form as present
    join lateral (
        select form.columns_read
        from form
        where form.unit_code = present.unit_code and form.period_end <= present.period_start
        order by form.period_start desc
        limit 1
    ) as before on before.columns_read <> present.columns_read
    where present.period_start = :period_start
)
select present.unit_code, present.indicator_code, other_form.file_name as field,
       present.in_period as found, before.in_period as expected
from other_form
join mart.indicator_value as present
  on present.unit_code = other_form.unit_code and present.report_kind = :report_kind
 and present.period_start = :period_start and present.channel = 'submission'
join mart.indicator_value as before
  on before.unit_code = present.unit_code and before.report_kind = present.report_kind
 and before.indicator_code = present.indicator_code and before.channel = present.channel
 and before.period_end = present.period_start
where abs(present.in_period - before.in_period) >= 10
  and greatest(present.in_period, before.in_period) >= 2 * least(present.in_period, before.in_period)
   or before.cumulative - present.cumulative >= 10 and present.cumulative < 0.95 * before.cumulative
