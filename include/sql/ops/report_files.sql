select name, sha256, size_bytes, content
from ops.report_file
where report_kind = :report_kind and period = :period and revision = :revision
order by name
