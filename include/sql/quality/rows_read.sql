select count(*) as files, coalesce(sum(rows_read), 0) as rows_read
from ops.source_file
where source = :source and received_at >= :since and status in ('loaded', 'rejected', 'duplicate')
