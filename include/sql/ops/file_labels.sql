select file_id, source, name from ops.source_file where file_id = any(cast(:file_ids as integer[]))
