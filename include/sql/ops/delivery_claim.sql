-- Takes one pending mail of a report for sending; two senders never take the same one.
update ops.delivery
set state = 'sending', attempts = attempts + 1, changed_at = :moment
where (report_kind, period, revision, recipient) = (
    select report_kind, period, revision, recipient
    from ops.delivery
    where report_kind = :report_kind and period = :period and revision = :revision
      and state = 'pending' and recipient <> all (cast(:already_tried as text[]))
    order by case role when 'to' then 1 when 'cc' then 2 else 3 end, recipient
    limit 1
    for update skip locked)
returning recipient, role, message_id, attempts
