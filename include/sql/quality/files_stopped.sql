-- Files of a source whose merge a check has stopped. Grain: one row per file.
select 'stopped.' || rule as problem, 'file ' || file_id as field
from ops.source_file
where source = :source and status = 'received' and rule is not null and rule <> 'source_held'
