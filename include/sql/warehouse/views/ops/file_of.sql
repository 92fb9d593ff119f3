create or replace function ops.file_of(record_id bigint) returns integer
language sql immutable parallel safe as $$ select (record_id >> 32)::integer $$;
comment on function ops.file_of(bigint) is 'The file a record_id belongs to.';
