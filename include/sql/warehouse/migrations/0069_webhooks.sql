-- What programs outside were told of published reports (docs/decisions/0029-read-api.md).
create table ops.webhook_call (
    hook text not null,
    report_kind text not null,
    period text not null,
    revision integer not null,
    state text not null check (state in ('pending', 'sent', 'failed')),
    attempts integer not null,
    queued_at timestamptz not null,
    changed_at timestamptz,
    answer text,
    primary key (hook, report_kind, period, revision)
);
comment on table ops.webhook_call is 'Calls that tell programs of published reports. Grain: one row per hook, report and revision.';
comment on column ops.webhook_call.hook is 'Name of the connection that says where and with which secret.';
comment on column ops.webhook_call.report_kind is 'week or month.';
comment on column ops.webhook_call.period is 'Name of the period.';
comment on column ops.webhook_call.revision is 'Revision; 0 is the report itself.';
comment on column ops.webhook_call.state is 'pending, sent, or failed: given up.';
comment on column ops.webhook_call.attempts is 'How often it was tried.';
comment on column ops.webhook_call.queued_at is 'When it was first to be told.';
comment on column ops.webhook_call.changed_at is 'When it was last tried; null: not yet.';
comment on column ops.webhook_call.answer is 'What the last try was answered: a status, or the kind of error.';
