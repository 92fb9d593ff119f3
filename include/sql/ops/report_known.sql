-- Until when a published revision knew what had arrived. Grain: one row.
select known_at, published_at from ops.report
where report_kind = :report_kind and period = :period and revision = :revision
