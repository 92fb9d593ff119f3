select max(received_at) from ops.source_file
