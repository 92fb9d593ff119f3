select revision, published_at, figures_sha256, code_version, known_at, reason, frozen
from ops.report
where report_kind = :report_kind and period = :period
order by revision
