-- Whether a period's figures were judged when all that is known now was known. Grain: one row.
with last_arrival as (
    select greatest(
        (select max(received_at) from ops.source_file),
        (select max(known_from) from core.producer_version),
        (select max(known_from) from core.producer_member_version),
        (select max(known_until) from core.producer_member_version where known_until <> 'infinity')) as at
)
select exists (
    select 1
    from ops.check_run
    cross join last_arrival
    where gate = 'figures' and source is null and report_kind = :report_kind and period = :period
      and known_until is not distinct from last_arrival.at
)
