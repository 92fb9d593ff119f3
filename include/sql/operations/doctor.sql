-- name: newest_files
select sha256, name from ops.source_file order by received_at desc, file_id desc limit 200;

-- name: reference_count
select count(*) from core.unit;
