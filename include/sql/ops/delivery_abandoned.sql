-- A mail left in "sending" by a sender that is gone: nobody can know whether it went out.
update ops.delivery
set state = 'unknown', last_error = 'the sender ended while sending', changed_at = :moment
where report_kind = :report_kind and period = :period and revision = :revision
  and state = 'sending' and changed_at < :before
returning recipient
