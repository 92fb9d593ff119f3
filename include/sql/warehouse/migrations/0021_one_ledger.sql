-- One ledger for all mails. ops.delivery becomes a view of the reports' mails (views/ops/delivery.sql); ops.notice
-- ends. Message-IDs and moments stay, so that nothing is sent twice.
create table ops.mail (
    fact text not null,
    recipient text not null,
    kind text not null check (kind in ('report', 'reminder', 'feedback', 'receipt', 'alarm')),
    role text check (role in ('to', 'cc', 'bcc')),
    subject text,
    report_kind text,
    period text,
    revision integer,
    message_id text not null unique,
    state text not null check (state in ('pending', 'sending', 'sent', 'failed', 'unknown')),
    attempts integer not null default 0,
    last_error text,
    queued_at timestamptz not null,
    changed_at timestamptz not null,
    sent_at timestamptz,
    primary key (fact, recipient),
    foreign key (report_kind, period, revision) references ops.report,
    check (num_nonnulls(report_kind, period, revision, role) = case when kind = 'report' then 4 else 0 end),
    check ((subject is null) = (kind = 'report'))
);
comment on table ops.mail is 'The ledger of all mails, written before sending and settled after. Grain: one row per fact and recipient.';
comment on column ops.mail.fact is 'What the mail tells: the same fact is mailed to nobody twice.';
comment on column ops.mail.recipient is 'E-mail address.';
comment on column ops.mail.kind is 'report, reminder, feedback (a workbook returned), receipt or alarm.';
comment on column ops.mail.role is 'to, cc or bcc of a report; null where a mail goes to this recipient alone.';
comment on column ops.mail.subject is 'Subject of the mail; null for a report, whose name gives it.';
comment on column ops.mail.report_kind is 'week or month; null for a mail that is no report.';
comment on column ops.mail.period is 'Due date of the week, or YYYY-MM; null for a mail that is no report.';
comment on column ops.mail.revision is '0, then 1, 2, … for corrections; null for a mail that is no report.';
comment on column ops.mail.message_id is 'Derived from fact and recipient, so that a duplicate can be recognised anywhere.';
comment on column ops.mail.state is 'pending, sending, sent, failed (refused for good) or unknown (nobody can know; a person decides).';
comment on column ops.mail.attempts is 'Attempts begun.';
comment on column ops.mail.last_error is 'What the server said last.';
comment on column ops.mail.queued_at is 'Moment it was queued.';
comment on column ops.mail.changed_at is 'Moment of its last change of state.';
comment on column ops.mail.sent_at is 'Moment the server took it.';

insert into ops.mail (
    fact, recipient, kind, role, report_kind, period, revision, message_id, state, attempts, last_error,
    queued_at, changed_at, sent_at)
select concat_ws('|', 'report', report_kind, period, revision), recipient, 'report', role, report_kind,
       period, revision, message_id, state, attempts, last_error, queued_at, changed_at, sent_at
from ops.delivery;

-- A notice's key was its fact and its recipient.
insert into ops.mail (
    fact, recipient, kind, subject, message_id, state, attempts, last_error, queued_at, changed_at, sent_at)
select left(notice_key, -(length(recipient) + 1)), recipient, kind, subject, message_id, state, attempts,
       last_error, queued_at, changed_at, sent_at
from ops.notice;

drop table ops.delivery;
drop table ops.notice;
