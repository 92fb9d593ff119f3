-- Run in the transaction that registers the file. Grain: one row per source, URL and version.
insert into ops.remote_object (source, url, validator, file_id, sha256, sender_address, fetched_at)
values (
    :source, :url, :validator,
    (select file_id from ops.source_file where source = :source and name = :name and sha256 = :sha256),
    :sha256, :sender_address, :fetched_at
)
on conflict (source, url, validator) do update
set file_id = excluded.file_id,
    sha256 = excluded.sha256,
    sender_address = excluded.sender_address,
    fetched_at = excluded.fetched_at
