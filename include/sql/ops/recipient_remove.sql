update ops.recipient set is_active = false
where report_kind = :report_kind and address = :address
returning address
