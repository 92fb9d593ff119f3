-- The last published revision of a period; null where it is not published.
select max(revision) from ops.report where report_kind = :report_kind and period = :period
