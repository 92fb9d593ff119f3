create table ops.recipient (
    report_kind text not null check (report_kind in ('week', 'month', 'alarm')),
    role text not null check (role in ('to', 'cc', 'bcc')),
    address text not null,
    name text,
    is_active boolean not null default true,
    primary key (report_kind, address)
);
comment on table ops.recipient is 'Who gets which report by mail. Grain: one row per kind and address.';
comment on column ops.recipient.report_kind is 'week or month; alarm for the engineers.';
comment on column ops.recipient.role is 'to, cc or bcc';
comment on column ops.recipient.address is 'E-mail address.';
comment on column ops.recipient.name is 'Name or office.';
comment on column ops.recipient.is_active is 'Whether it gets mail now.';

create table ops.delivery (
    report_kind text not null,
    period text not null,
    revision integer not null,
    recipient text not null,
    role text not null,
    message_id text not null unique,
    state text not null check (state in ('pending', 'sending', 'sent', 'failed', 'unknown')),
    attempts integer not null default 0,
    last_error text,
    queued_at timestamptz not null,
    changed_at timestamptz not null,
    sent_at timestamptz,
    primary key (report_kind, period, revision, recipient),
    foreign key (report_kind, period, revision) references ops.report
);
comment on table ops.delivery is 'The delivery ledger, written before sending and settled after. Grain: one row per report, revision and recipient.';
comment on column ops.delivery.report_kind is 'week or month';
comment on column ops.delivery.period is 'Due date of the week, or YYYY-MM.';
comment on column ops.delivery.revision is '0, then 1, 2, … for corrections.';
comment on column ops.delivery.recipient is 'E-mail address.';
comment on column ops.delivery.role is 'to, cc or bcc';
comment on column ops.delivery.message_id is 'Derived from report, revision and recipient, so that a duplicate can be recognised anywhere.';
comment on column ops.delivery.state is 'pending, sending, sent, failed (refused for good) or unknown (nobody can know; a person decides).';
comment on column ops.delivery.attempts is 'SMTP dialogues begun.';
comment on column ops.delivery.last_error is 'What the server said last.';
comment on column ops.delivery.queued_at is 'Moment it was queued.';
comment on column ops.delivery.changed_at is 'Moment of its last change of state.';
comment on column ops.delivery.sent_at is 'Moment the server took it.';
