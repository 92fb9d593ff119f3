-- Files of a source that have been dealt with. Grain: one row per file.
select name, sha256, status from ops.source_file where source = :source and status <> 'received'
