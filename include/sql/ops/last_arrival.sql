-- The moment of the last thing that became known: a file's arrival, or a later resolution of producers.
select greatest(
    (select max(received_at) from ops.source_file),
    (select max(known_from) from core.producer_version),
    (select max(known_from) from core.producer_member_version),
    (select max(known_until) from core.producer_member_version where known_until <> 'infinity'))
