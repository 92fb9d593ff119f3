update ops.source_file
set status = 'duplicate', duplicate_of = :duplicate_of, entity = :entity, unit_code = :unit_code,
    sender = :sender, period_start = :period_start, period_end = :period_end,
    rule = 'same_bytes', reason = :reason, loaded_at = received_at
where file_id = :file_id
