-- Held by the sender's session while it sends; the server frees it when that session ends.
select pg_advisory_lock(hashtextextended(:message_id, 0))
