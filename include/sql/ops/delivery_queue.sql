-- Another sender may queue the same at the same moment: whichever unique index notices it first.
insert into ops.delivery (
    report_kind, period, revision, recipient, role, message_id, state, queued_at, changed_at)
values (:report_kind, :period, :revision, :recipient, :role, :message_id, 'pending', :moment, :moment)
on conflict do nothing
