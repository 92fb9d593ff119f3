select sha256 from ops.source_file order by received_at desc, file_id desc limit 200
