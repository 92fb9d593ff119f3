delete from mart.indicator_evidence
where report_kind = :report_kind and period_start = :period_start and period_end = :period_end
