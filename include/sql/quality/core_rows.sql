-- What is known of an entity from one source, without what names people. Grain: one row per key; two
-- current versions of a key are two rows.
select {columns}
from core.{entity}_version as version
join ops.source_file as file on file.file_id = ops.file_of(version.record_id)
where version.known_until = 'infinity' and file.source = :source
