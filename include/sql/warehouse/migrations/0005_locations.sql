create table ops.remote_object (
    remote_object_id bigint generated always as identity primary key,
    source text not null,
    url text not null,
    validator text not null,
    file_id integer references ops.source_file,
    sha256 text,
    sender_address text,
    fetched_at timestamptz not null,
    unique (source, url, validator)
);
create index on ops.remote_object (file_id);
comment on table ops.remote_object is 'What was fetched from remote locations, so that nothing is fetched twice. Grain: one row per source, URL and version.';
comment on column ops.remote_object.remote_object_id is 'Number of the object in this warehouse.';
comment on column ops.remote_object.source is 'The contract it came by: include/sources/<source>.yml.';
comment on column ops.remote_object.url is 'Where it stands, without credentials; a mail by UIDVALIDITY and UID, its files by a number after #.';
comment on column ops.remote_object.validator is 'What tells its version: ETag, Last-Modified, size and modification time, or UIDVALIDITY and UID.';
comment on column ops.remote_object.file_id is 'The file it became; null for a mail itself.';
comment on column ops.remote_object.sha256 is 'SHA-256 of the file; null for a mail itself.';
comment on column ops.remote_object.sender_address is 'Address in the mail''s From; null where it came otherwise.';
comment on column ops.remote_object.fetched_at is 'Moment of the sweep that fetched it last.';

create table ops.sender_address (
    address text primary key check (address = lower(address) and address like '%_@_%'),
    sender text not null,
    added_at timestamptz not null
);
comment on table ops.sender_address is 'Whose a mail address is. Grain: one row per address.';
comment on column ops.sender_address.address is 'E-mail address in small letters.';
comment on column ops.sender_address.sender is 'A unit code or the key of an enterprise (include/sources/districts.yml).';
comment on column ops.sender_address.added_at is 'Moment it was added or changed.';
