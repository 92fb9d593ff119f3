-- Analysts may not read some columns of ops (include/sql/warehouse/rights.sql). This view asks with the rights
-- of whoever reads them: a column added here by mistake is refused, not shown.
drop view if exists ops.held_back cascade;
create view ops.held_back with (security_invoker = true) as
select quarantine.file_id, quarantine.sheet, quarantine.row_number, quarantine.field, quarantine.rule,
       rule.label as message, quarantine.entity, quarantine.opened_at, quarantine.closed_at
from ops.quarantine
left join ops.rule on rule.rule = quarantine.rule;
comment on view ops.held_back is 'Quarantine without what stands in the cells. Grain: one row per row of a file and bad field.';
comment on column ops.held_back.file_id is 'The file (ops.source_file).';
comment on column ops.held_back.sheet is 'Sheet; null for CSV and JSON Lines.';
comment on column ops.held_back.row_number is 'Row as a person counts in the opened file.';
comment on column ops.held_back.field is 'Header of the column as in the file.';
comment on column ops.held_back.rule is 'Code of the rule it breaks.';
comment on column ops.held_back.message is 'What is wrong, in Vietnamese, without the value.';
comment on column ops.held_back.entity is 'Entity of the row.';
comment on column ops.held_back.opened_at is 'Moment of the load that held it back.';
comment on column ops.held_back.closed_at is 'Moment at which it was settled; null while it is open.';
