-- The raw files that the warehouse knows. Grain: one row per content.
select distinct sha256 from ops.source_file order by sha256
