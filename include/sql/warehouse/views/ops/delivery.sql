-- The reports' mails as analysts know them (docs/rules/interfaces.md#objects). It reads ops.mail with its owner's
-- rights: analysts may read some of its columns and nothing of the mails to units and engineers.
drop view if exists ops.delivery cascade;
create view ops.delivery as
select report_kind, period, revision, recipient, role, message_id, state, attempts, last_error, queued_at,
       changed_at, sent_at
from ops.mail
where kind = 'report';
comment on view ops.delivery is 'The mails of reports, of the ledger of all mails. Grain: one row per report, revision and recipient.';
comment on column ops.delivery.report_kind is 'week or month';
comment on column ops.delivery.period is 'Due date of the week, or YYYY-MM.';
comment on column ops.delivery.revision is '0, then 1, 2, … for corrections.';
comment on column ops.delivery.recipient is 'E-mail address.';
comment on column ops.delivery.role is 'to, cc or bcc';
comment on column ops.delivery.message_id is 'Derived from report, revision and recipient, so that a duplicate can be recognised anywhere.';
comment on column ops.delivery.state is 'pending, sending, sent, failed (refused for good) or unknown (nobody can know; a person decides).';
comment on column ops.delivery.attempts is 'Attempts begun.';
comment on column ops.delivery.last_error is 'What the server said last.';
comment on column ops.delivery.queued_at is 'Moment it was queued.';
comment on column ops.delivery.changed_at is 'Moment of its last change of state.';
comment on column ops.delivery.sent_at is 'Moment the server took it.';
