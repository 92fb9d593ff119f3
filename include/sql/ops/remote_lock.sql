-- One fetcher a source at a time, to the end of the transaction, which idles while it fetches.
select
    set_config('idle_in_transaction_session_timeout', '0', true),
    pg_advisory_xact_lock(20211018, hashtext(:source))
