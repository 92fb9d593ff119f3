select recipient, state, revision
from ops.delivery
where report_kind = :report_kind and period = :period
order by revision, recipient
