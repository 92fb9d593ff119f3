-- What persons ask of their data, with the law's terms (docs/rules/privacy.md#requests-of-persons).
create table ops.person_request (
    request_id integer generated always as identity primary key,
    kind text not null check (kind in ('access', 'rectify', 'copy', 'withdraw', 'restrict', 'object', 'erase')),
    reference text not null unique,
    received_on date not null,
    acknowledge_by date not null,
    due_on date not null,
    legal_basis text not null,
    recorded_at timestamptz not null,
    acknowledged_at timestamptz,
    extended_at timestamptz,
    extension_reason text,
    answered_at timestamptz,
    outcome text check (outcome in ('done', 'refused')),
    answer text,
    check ((answered_at is null) = (outcome is null))
);
comment on table ops.person_request is 'Requests of persons about their data, without the persons: their papers are in the file of the reference. Grain: one row per request.';
comment on column ops.person_request.request_id is 'Number in the register.';
comment on column ops.person_request.kind is 'access, rectify, copy, withdraw, restrict, object or erase';
comment on column ops.person_request.reference is 'Number and day of the file in the office, as in đơn số 12/2026; no name.';
comment on column ops.person_request.received_on is 'Day it came to the office.';
comment on column ops.person_request.acknowledge_by is 'Last day to tell the person that it has come.';
comment on column ops.person_request.due_on is 'Last day to have done it, with the extension.';
comment on column ops.person_request.legal_basis is 'Where the terms are set.';
comment on column ops.person_request.recorded_at is 'When it was entered.';
comment on column ops.person_request.acknowledged_at is 'When the person was told that it has come.';
comment on column ops.person_request.extended_at is 'When the term was extended, once.';
comment on column ops.person_request.extension_reason is 'Why, as told to the person; no name.';
comment on column ops.person_request.answered_at is 'When it was done or refused, and the person was told.';
comment on column ops.person_request.outcome is 'done or refused';
comment on column ops.person_request.answer is 'What was done, or why not; no name.';
