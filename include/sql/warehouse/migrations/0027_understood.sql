-- What kind of file it was and how it was understood, beside what it said: whoever sent it can be shown it, and
-- a figure that leaps can be held against a file that is of another kind than the one before it.
alter table ops.source_file add column understood jsonb;
comment on column ops.source_file.understood is 'How a loaded file was read: tables (sheet, entity, header_row, columns: name of ours to header of theirs), ignored_sheets (names). Null: not loaded, or of before this was kept.';
