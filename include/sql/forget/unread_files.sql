-- Files that were not loaded: what stands in them is not in the warehouse. Grain: one row per file.
select distinct sha256, name from ops.source_file where status = 'rejected' order by sha256
