-- What a warehouse holds, to be compared after a restore. Grain: one row.
select (select count(*) from ops.source_file) as files,
       (select count(*) from raw.source_row) as raw_rows,
       (select count(*) from core.order_line_version) as order_lines,
       (select count(*) from core.stall_version) as stalls,
       (select count(*) from ops.quarantine) as quarantined,
       (select count(*) from ops.report) as reports,
       (select count(*) from ops.delivery) as deliveries,
       (select count(*) from ops.audit) as acts
