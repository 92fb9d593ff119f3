-- name: files
-- PDFs of a source that came by mail lately, none larger than any report, with the address that each came from.
-- Grain: one row per file.
select file.file_id, file.name, file.sha256, file.received_at, min(object.sender_address) as mailed_from
from ops.source_file as file
inner join ops.remote_object as object using (file_id)
where file.source = :source and file.name ilike '%.pdf' and file.size_bytes <= :largest
  and file.received_at > :since and file.received_at <= :until
group by file.file_id, file.name, file.sha256, file.received_at
order by file.file_id;
