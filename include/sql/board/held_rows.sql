-- What is held back of a file. Grain: one row per row of the file and bad field.
select quarantine.sheet, quarantine.row_number, quarantine.field, quarantine.value, quarantine.message,
       coalesce(rule.label, quarantine.rule) as rule_label, quarantine.opened_at
from ops.quarantine
left join ops.rule on rule.rule = quarantine.rule
where quarantine.file_id = :file_id and quarantine.closed_at is null
order by quarantine.sheet nulls first, quarantine.row_number, quarantine.field
limit :most
