-- name: newest_files
select sha256 from ops.source_file order by received_at desc, file_id desc limit 200;

-- name: reference_count
select count(*) from core.unit;
