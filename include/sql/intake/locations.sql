-- name: address_add
insert into ops.sender_address (address, sender, added_at) values (:address, :sender, :moment)
on conflict (address) do update set sender = excluded.sender, added_at = excluded.added_at;

-- name: address_page
update ops.sender_address set wants_page = :wants_page where address = :address returning address;

-- name: address_remove
delete from ops.sender_address where address = :address returning address;

-- name: addresses
-- Whose which mail address is. Grain: one row per address.
select address, sender, added_at, wants_page from ops.sender_address order by sender, address;

-- name: known
-- The version of each remote object that was fetched last. Grain: one row per URL.
select distinct on (url) url, validator
from ops.remote_object
where source = :source
order by url, fetched_at desc, remote_object_id desc;

-- name: lock
-- One fetcher a source at a time, to the end of the transaction, which idles while it fetches.
select
    set_config('idle_in_transaction_session_timeout', '0', true),
    pg_advisory_xact_lock(20211018, hashtext(:source));

-- name: remember
-- Run in the transaction that registers the file. Grain: one row per source, URL and version.
insert into ops.remote_object (source, url, validator, file_id, sha256, sender_address, fetched_at)
values (
    :source, :url, :validator,
    (select max(file_id) from ops.source_file where source = :source and name = :name and sha256 = :sha256),
    :sha256, :sender_address, :fetched_at
)
on conflict (source, url, validator) do update
set file_id = excluded.file_id,
    sha256 = excluded.sha256,
    sender_address = excluded.sender_address,
    fetched_at = excluded.fetched_at;

-- name: unsettled
-- Files that were registered, but whose load died or waited for its source: they may be gone from where they
-- were found. What a check stopped waits where it lies, save what was fetched. Grain: one row per file.
select file.name, file.sha256, file.size_bytes, file.export_date
from ops.source_file as file
where file.source = :source and file.status = 'received'
  and (coalesce(file.rule, 'source_held') = 'source_held'
       or exists (select from ops.remote_object as object where object.file_id = file.file_id))
order by file.file_id;
