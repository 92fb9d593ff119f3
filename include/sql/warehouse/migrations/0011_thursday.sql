create table ops.draft (
    report_kind text not null,
    period text not null,
    built_at timestamptz not null,
    known_until timestamptz,
    figures_sha256 text not null,
    primary key (report_kind, period)
);
comment on table ops.draft is 'Reports shown to the officer for release. Grain: one row per period.';
comment on column ops.draft.report_kind is 'week or month';
comment on column ops.draft.period is 'Due date of the week, or YYYY-MM.';
comment on column ops.draft.built_at is 'Moment it was last built.';
comment on column ops.draft.known_until is 'Arrival of the last thing it knows.';
comment on column ops.draft.figures_sha256 is 'SHA-256 of its figures.json.';

create table ops.release (
    report_kind text not null,
    period text not null,
    released_at timestamptz not null,
    how text not null check (how in ('officer', 'operator', 'automatic')),
    released_by text,
    primary key (report_kind, period)
);
comment on table ops.release is 'How each report was released. Grain: one row per period.';
comment on column ops.release.report_kind is 'week or month';
comment on column ops.release.period is 'Due date of the week, or YYYY-MM.';
comment on column ops.release.released_at is 'Moment of the release.';
comment on column ops.release.how is 'officer (in Airflow), operator (by command) or automatic (nobody said anything in time).';
comment on column ops.release.released_by is 'Login or name of who released it; null when automatic.';

create table ops.notice (
    notice_key text primary key,
    kind text not null check (kind in ('reminder', 'feedback', 'receipt', 'alarm')),
    recipient text not null,
    subject text not null,
    message_id text not null unique,
    state text not null check (state in ('pending', 'sending', 'sent', 'failed', 'unknown')),
    attempts integer not null default 0,
    last_error text,
    queued_at timestamptz not null,
    changed_at timestamptz not null,
    sent_at timestamptz
);
comment on table ops.notice is 'Mails that are no reports, each once: written before sending, settled after. Grain: one row per fact and recipient.';
comment on column ops.notice.notice_key is 'The fact and the recipient: the same fact is mailed to nobody twice.';
comment on column ops.notice.kind is 'reminder, feedback (a workbook returned), receipt or alarm.';
comment on column ops.notice.recipient is 'E-mail address.';
comment on column ops.notice.subject is 'Subject of the mail.';
comment on column ops.notice.message_id is 'Derived from the key.';
comment on column ops.notice.state is 'pending, sending, sent, failed or unknown, as in ops.delivery.';
comment on column ops.notice.attempts is 'SMTP dialogues begun.';
comment on column ops.notice.last_error is 'What the server said last.';
comment on column ops.notice.queued_at is 'Moment it was queued.';
comment on column ops.notice.changed_at is 'Moment of its last change of state.';
comment on column ops.notice.sent_at is 'Moment the server took it.';

create table ops.alarm (
    alarm_key text primary key,
    title text not null,
    detail text not null,
    raised_at timestamptz not null,
    last_seen_at timestamptz not null,
    acknowledged_at timestamptz,
    acknowledged_by text,
    escalated_at timestamptz,
    closed_at timestamptz
);
comment on table ops.alarm is 'What somebody must see to. Grain: one row per fact.';
comment on column ops.alarm.alarm_key is 'The fact: raised once however often it is found.';
comment on column ops.alarm.title is 'In Vietnamese, one line.';
comment on column ops.alarm.detail is 'What is known and the next step.';
comment on column ops.alarm.raised_at is 'Moment it was first found.';
comment on column ops.alarm.last_seen_at is 'Moment it was last found.';
comment on column ops.alarm.acknowledged_at is 'Moment somebody took it on.';
comment on column ops.alarm.acknowledged_by is 'Who took it on.';
comment on column ops.alarm.escalated_at is 'Moment it was told again because nobody took it on.';
comment on column ops.alarm.closed_at is 'Moment the fact was gone.';
