select count(*) from ops.delivery where report_kind = :report_kind and period = :period
