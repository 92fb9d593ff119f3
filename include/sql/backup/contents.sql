-- Whether the warehouse holds anything that a restore would lose. Grain: one row.
select to_regclass('ops.source_file') is not null as has_tables
