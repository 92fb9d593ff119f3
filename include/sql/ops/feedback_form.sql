-- What a file's forms declare. Grain: one row per form and indicator; indicator null: an empty form.
select form.submission_id, form.report_kind, form.period_start, form.period_end,
       form.known_until <> 'infinity' as is_replaced,
       value.indicator_code, value.in_period, value.in_period_2, value.cumulative,
       value.cumulative_2, value.note
from core.submission_version as form
left join core.submission_value as value using (submission_id)
where form.file_id = :file_id
order by form.submission_id, value.record_id
