update ops.source_file set rule = 'source_held', reason = :reason
where source = :source and status = 'received' and rule is null
