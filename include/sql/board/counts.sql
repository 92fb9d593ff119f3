-- What waits for people. Grain: one row.
select
    (select count(distinct record_id) from ops.quarantine where closed_at is null) as rows_held,
    (select count(distinct file_id) from ops.quarantine where closed_at is null) as files_held,
    (select count(*) from core.doubtful_pair where decision is null and gone_at is null) as pairs,
    (select count(*) from ops.report) as reports
