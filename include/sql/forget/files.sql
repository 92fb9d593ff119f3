-- Raw files to be written again (new_sha256 null) and those that were. Grain: one row per file.
select old_sha256, new_sha256 from ops.erased_file order by old_sha256
