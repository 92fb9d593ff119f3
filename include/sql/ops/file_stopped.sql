-- A file whose merge a check stopped: nothing of it is in the warehouse, and the next sweep tries again.
update ops.source_file set rule = :rule, reason = :reason, detail = :detail where file_id = :file_id
