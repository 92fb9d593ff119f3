-- Who did what: a table that only grows, each row chained by hash to the last.
create table ops.audit (
    audit_id bigint primary key,
    at timestamptz not null,
    actor text not null check (actor <> ''),
    action text not null check (action <> ''),
    subject text not null,
    detail jsonb not null,
    previous_hash text not null,
    hash text not null unique
);
comment on table ops.audit is 'Who did what, append-only: decisions, corrections, re-sends, forgotten persons, recipients. Each row is chained by hash to the last. Grain: one row per act.';
comment on column ops.audit.audit_id is 'Number of the act, without gaps from 1.';
comment on column ops.audit.at is 'Moment of the act.';
comment on column ops.audit.actor is 'Who did it.';
comment on column ops.audit.action is 'What was done, as report.correct or person.forget.';
comment on column ops.audit.subject is 'To what it was done.';
comment on column ops.audit.detail is 'What else is to be known.';
comment on column ops.audit.previous_hash is 'hash of the act before; empty for the first.';
comment on column ops.audit.hash is 'SHA-256 over all other columns.';

create or replace function ops.audit_hash(
    p_audit_id bigint, p_at timestamptz, p_actor text, p_action text, p_subject text, p_detail jsonb,
    p_previous_hash text)
returns text
language sql stable parallel safe as $$
    select encode(sha256(convert_to(jsonb_build_array(
        p_audit_id, to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), p_actor, p_action,
        p_subject, p_detail, p_previous_hash)::text, 'UTF8')), 'hex')
$$;
comment on function ops.audit_hash(bigint, timestamptz, text, text, text, jsonb, text) is 'The hash a row of ops.audit must bear.';

-- One at a time: the lock is held to the end of the transaction, so the chain cannot fork.
create or replace function ops.audit_append(
    p_actor text, p_action text, p_subject text, p_detail jsonb, p_at timestamptz)
returns text
language plpgsql as $$
declare
    v_last record;
    v_audit_id bigint;
    v_hash text;
begin
    perform pg_advisory_xact_lock(20120211009);
    select audit_id, hash into v_last from ops.audit order by audit_id desc limit 1;
    v_audit_id := coalesce(v_last.audit_id, 0) + 1;
    v_hash := ops.audit_hash(
        v_audit_id, p_at, p_actor, p_action, p_subject, p_detail, coalesce(v_last.hash, ''));
    insert into ops.audit (audit_id, at, actor, action, subject, detail, previous_hash, hash)
    values (v_audit_id, p_at, p_actor, p_action, p_subject, p_detail, coalesce(v_last.hash, ''), v_hash);
    return v_hash;
end
$$;
comment on function ops.audit_append(text, text, text, jsonb, timestamptz) is 'Adds an act to ops.audit and returns its hash.';

create or replace function ops.audit_refuse() returns trigger
language plpgsql as $$
begin
    raise exception 'ops.audit only grows: % is refused', tg_op using errcode = 'insufficient_privilege';
end
$$;
comment on function ops.audit_refuse() is 'Refuses to change or remove what is in ops.audit.';

create trigger audit_only_grows before update or delete on ops.audit
for each row execute function ops.audit_refuse();
create trigger audit_is_never_emptied before truncate on ops.audit
for each statement execute function ops.audit_refuse();
alter table ops.audit enable always trigger audit_only_grows;
alter table ops.audit enable always trigger audit_is_never_emptied;

-- Who was forgotten, as hashes under a secret salt: enough to know the person again when a later file
-- brings them back, not enough to name anybody (docs/decisions/0010-roles.md).
create table ops.forgotten (
    number_hash text not null primary key,
    kind text not null check (kind in ('number', 'key')),
    pseudonym text not null,
    person text,
    forgotten_at timestamptz not null,
    came_back_at timestamptz
);
comment on table ops.forgotten is 'Numbers and keys of forgotten persons, as keyed hashes. Grain: one row per number or key.';
comment on column ops.forgotten.number_hash is 'HMAC-SHA-256 of kind and number or key, with the salt of ops.forgotten_salt.';
comment on column ops.forgotten.kind is 'number (a phone or paper) or key (entity and key of a row)';
comment on column ops.forgotten.pseudonym is 'What stands for the number since; for a key the name that stands for the person.';
comment on column ops.forgotten.person is 'The name that stands for whoever bears the number; null where others bear it too.';
comment on column ops.forgotten.forgotten_at is 'Moment the person was forgotten.';
comment on column ops.forgotten.came_back_at is 'Moment of the last load of a file that brought it back; null while none has.';

create table ops.forgotten_salt (
    is_only boolean primary key default true check (is_only),
    salt text not null
);
comment on table ops.forgotten_salt is 'The secret of ops.forgotten. Grain: one row.';
comment on column ops.forgotten_salt.is_only is 'True: there is one salt.';
comment on column ops.forgotten_salt.salt is 'Random, made when the first person is forgotten; read by no role but the owner.';

create table ops.erased_file (
    old_sha256 text primary key,
    new_sha256 text,
    noted_at timestamptz not null
);
comment on table ops.erased_file is 'Raw files written again without a forgotten person. Grain: one row per file as it was.';
comment on column ops.erased_file.old_sha256 is 'SHA-256 of the bytes that are no longer kept, and are not taken in again.';
comment on column ops.erased_file.new_sha256 is 'SHA-256 of the bytes that stand for them; null: still to be written.';
comment on column ops.erased_file.noted_at is 'Moment it was found to hold a forgotten person.';
