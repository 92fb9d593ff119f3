-- Grain: one row per published report and revision.
select report_kind, period, revision, published_at from ops.report order by report_kind, period, revision
