select released_at, how, released_by from ops.release
where report_kind = :report_kind and period = :period
