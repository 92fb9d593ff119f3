-- name: unanswered_files
-- Files of a source whose sender may have an answer to come, with the addresses that had theirs. A mail
-- that waits is sent however old it is. Grain: one row per file.
select source_file.file_id, source_file.name,
       coalesce(source_file.sender, source_file.unit_code) as known_sender, source_file.received_at,
       (select min(object.sender_address) from ops.remote_object as object
        where object.file_id = source_file.file_id) as mailed_from,
       array(
           select mail.recipient from ops.mail
           where mail.fact = 'answer|' || source_file.file_id and mail.state <> 'pending') as settled
from ops.source_file
where source_file.source = :source and source_file.status in ('loaded', 'rejected', 'duplicate')
  and source_file.received_at <= :until
  and ((source_file.wants_answer and source_file.received_at > :since)
       or exists (
           select from ops.mail
           where mail.fact = 'answer|' || source_file.file_id and mail.state = 'pending'))
order by source_file.file_id;
