update ops.source_file
set status = 'rejected', rule = :rule, reason = :reason, detail = :detail,
    entity = coalesce(:entity, entity), unit_code = coalesce(:unit_code, unit_code),
    rows_read = null, rows_accepted = null, rows_quarantined = null, rows_superseded = null,
    rows_ignored = null, loaded_at = received_at
where file_id = :file_id
