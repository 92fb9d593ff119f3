-- Files of a source that could not be used. Grain: one row per file.
select name, sender, unit_code from ops.source_file
where source = :source and status = 'rejected' and received_at >= :since
order by received_at, file_id
