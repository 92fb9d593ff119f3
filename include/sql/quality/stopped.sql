select file_id, source, name, rule as "check", reason, detail, received_at
from ops.source_file
where status = 'received' and rule is not null
order by file_id
