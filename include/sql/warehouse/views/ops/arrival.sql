-- Asks with the rights of whoever reads it, as ops.held_back does.
drop view if exists ops.arrival cascade;
create view ops.arrival with (security_invoker = true) as
select source_file.file_id, source_file.source, source_file.entity, source_file.unit_code,
       source_file.export_date as exported_on, source_file.received_at, source_file.period_start,
       source_file.period_end, source_file.status, rule.label as reason, source_file.rows_read,
       source_file.rows_accepted, source_file.rows_quarantined, source_file.rows_superseded,
       source_file.rows_ignored
from ops.source_file
left join ops.rule on rule.rule = source_file.rule;
comment on view ops.arrival is 'Files that arrived, without the names their senders gave them. Grain: one row per file.';
comment on column ops.arrival.file_id is 'Number of the file (ops.source_file).';
comment on column ops.arrival.source is 'The contract it came by.';
comment on column ops.arrival.entity is 'What it holds.';
comment on column ops.arrival.unit_code is 'The unit that sent it, for district workbooks.';
comment on column ops.arrival.exported_on is 'Date in its name, else its modification date.';
comment on column ops.arrival.received_at is 'Moment of the sweep that first saw it.';
comment on column ops.arrival.period_start is 'First day of the form''s period.';
comment on column ops.arrival.period_end is 'Day after the last day of the form''s period.';
comment on column ops.arrival.status is 'received, loaded, rejected or duplicate';
comment on column ops.arrival.reason is 'Why it was rejected, in Vietnamese, without what stands in it.';
comment on column ops.arrival.rows_read is 'Rows in the file.';
comment on column ops.arrival.rows_accepted is 'Rows that are in the warehouse.';
comment on column ops.arrival.rows_quarantined is 'Rows held back with a reason.';
comment on column ops.arrival.rows_superseded is 'Rows replaced by a newer row of the same key.';
comment on column ops.arrival.rows_ignored is 'Blank, header, total and note rows.';
