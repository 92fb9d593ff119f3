-- The loaded file that has the same bytes, if any.
select file_id, name, entity, unit_code, sender, period_start, period_end
from ops.source_file
where sha256 = :sha256 and source = :source and status = 'loaded'
order by file_id
limit 1
