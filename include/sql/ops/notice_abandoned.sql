-- A mail left in "sending" whose sender no longer holds its lock: nobody can know whether it went out.
update ops.notice
set state = 'unknown', last_error = 'the sender ended while sending', changed_at = :moment
where notice_key = :notice_key and state = 'sending'
  and pg_try_advisory_xact_lock(hashtextextended(message_id, 0))
returning recipient
