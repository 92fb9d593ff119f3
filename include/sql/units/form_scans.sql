-- name: keep
insert into ops.form_scan (
    form_sha256, sha256, unit_code, report_kind, period, media_type, size_bytes, content, received_at
)
values (
    :form_sha256, :sha256, :unit_code, :report_kind, :period, :media_type, :size_bytes, :content, :moment
)
on conflict (form_sha256, sha256) do nothing;

-- name: of_file
-- Grain: one row per scan that came with a file's bytes, without its own.
select scan.scan_id, scan.media_type, scan.size_bytes, scan.received_at
from ops.form_scan as scan
inner join ops.source_file as file on file.sha256 = scan.form_sha256
where file.file_id = :file_id
order by scan.scan_id;

-- name: content
-- Grain: one row, or none where no such scan came with that file.
select scan.media_type, scan.content, scan.unit_code, scan.period
from ops.form_scan as scan
inner join ops.source_file as file on file.sha256 = scan.form_sha256
where file.file_id = :file_id and scan.scan_id = :scan_id;

-- name: listed
-- Grain: one row per scan, without its bytes, newest first.
select scan.scan_id, scan.unit_code, scan.report_kind, scan.period, scan.media_type, scan.received_at,
       (select max(file.file_id) from ops.source_file as file where file.sha256 = scan.form_sha256) as file_id
from ops.form_scan as scan
where cast(:scan_id as integer) is null or scan.scan_id = cast(:scan_id as integer)
order by scan.received_at desc, scan.scan_id desc;

-- name: remove
delete from ops.form_scan
where scan_id = :scan_id
returning unit_code, report_kind, period, sha256;
