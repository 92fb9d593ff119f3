-- name: files_of_ours
-- Files refused for a fault of ours, not of their sender, since a moment. Grain: one row per file.
select file.file_id, file.source, file.rule, file.detail, file.received_at
from ops.source_file as file
join ops.rule on rule.rule = file.rule
where file.status = 'rejected' and rule.mended_by = 'engineer' and file.received_at >= :since
order by file.file_id;
