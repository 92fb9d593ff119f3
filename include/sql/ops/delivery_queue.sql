insert into ops.delivery (
    report_kind, period, revision, recipient, role, message_id, state, queued_at, changed_at)
values (:report_kind, :period, :revision, :recipient, :role, :message_id, 'pending', :moment, :moment)
on conflict (report_kind, period, revision, recipient) do nothing
