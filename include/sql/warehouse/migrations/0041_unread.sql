-- What was passed over is told wherever a file is shown: beside the sheets without any table also the tables that
-- resemble one of ours and could not be read.
comment on column ops.source_file.understood is 'How a loaded file was read: tables (sheet, entity, header_row, columns: name of ours to header of theirs), ignored_sheets (names), unread (tables that resemble one of ours: rule, sheet, row, label, lists; absent before it was kept). Null: not loaded, or of before this was kept.';
