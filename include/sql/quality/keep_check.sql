insert into ops.quality_check (check_name, gate, source, entity, severity, label, reason, mended_by, mended_by_name)
values (:check_name, :gate, :source, :entity, :severity, :label, :reason, :mended_by, :mended_by_name)
on conflict (check_name) do update set
    gate = excluded.gate, source = excluded.source, entity = excluded.entity,
    severity = excluded.severity, label = excluded.label, reason = excluded.reason,
    mended_by = excluded.mended_by, mended_by_name = excluded.mended_by_name
