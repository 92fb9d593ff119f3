-- Bytes A, B, A under one name: the last ones sent count, so the same bytes may be registered again once others
-- have come under their name.
alter table ops.source_file add column landed integer not null default 1;
comment on column ops.source_file.landed is 'How often these bytes have come under this name, others between.';
alter table ops.source_file drop constraint source_file_source_name_sha256_key;
alter table ops.source_file add unique (source, name, sha256, landed);
comment on table ops.source_file is 'Every file that ever arrived. Grain: one row per source, name and content; once more where it came again after another content of its name.';
