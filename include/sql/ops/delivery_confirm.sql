-- A person found out that a mail of unknown outcome has arrived.
update ops.delivery
set state = 'sent', changed_at = :moment, sent_at = cast(:moment as timestamptz)
where report_kind = :report_kind and period = :period and revision = :revision
  and recipient = :recipient and state = 'unknown'
returning recipient
