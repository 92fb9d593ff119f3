-- A problem is a rule and its parameters; its sentence is made where it is shown (lensan.domain.problems).
-- Rows of before keep the sentence they were told by.
alter table ops.quarantine add column parameters jsonb;
comment on column ops.quarantine.parameters is 'What the rule''s sentence names but the value; null: of before parameters were kept.';
comment on column ops.quarantine.message is 'What is wrong and what is expected, in Vietnamese, as it was told when the row was held back.';

alter table ops.row_warning add column column_number integer, add column value text, add column parameters jsonb;
comment on column ops.row_warning.column_number is 'Number of the column in the sheet, from 1; null where it has none.';
comment on column ops.row_warning.value is 'What stands there.';
comment on column ops.row_warning.parameters is 'What the doubt''s sentence names but the value; null: of before parameters were kept.';
comment on column ops.row_warning.message is 'The doubt in Vietnamese, as it was told when the row was taken.';
comment on table ops.row_warning is 'Doubts about rows that were accepted. Grain: one row per row and doubt. Holds personal data: stewards only.';

alter table ops.source_file add column parameters jsonb;
comment on column ops.source_file.parameters is 'What the sentence of its rule names; null: there is no rule, or it is of before parameters were kept.';
