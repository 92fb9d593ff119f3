select report_kind, period, revision, name, sha256
from ops.report_file
order by report_kind, period, revision, name
