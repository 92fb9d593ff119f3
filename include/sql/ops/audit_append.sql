select ops.audit_append(
    :actor, :action, :subject, cast(:detail as jsonb),
    coalesce(cast(:moment as timestamptz), clock_timestamp())) as hash
