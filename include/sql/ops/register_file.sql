-- Grain: one row per source, name and content; null when this very file is registered already.
insert into ops.source_file (
    source, name, sha256, size_bytes, received_at, export_date, status, wants_answer)
values (
    :source, :name, :sha256, :size_bytes, :received_at, :export_date, 'received', :wants_answer)
on conflict (source, name, sha256) do nothing
returning file_id
