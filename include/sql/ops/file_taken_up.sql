-- A file that had been stopped is merged now: it is known from now on, not since it was first seen.
update ops.source_file
set received_at = :moment, rule = null, reason = null, detail = null
where file_id = :file_id
returning received_at
