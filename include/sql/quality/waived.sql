select check_name from ops.check_waiver where file_id = :file_id
