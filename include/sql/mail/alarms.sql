-- name: acknowledge
update ops.alarm set acknowledged_at = :moment, acknowledged_by = :by
where alarm_key = :alarm_key and acknowledged_at is null
returning alarm_key;

-- name: alarms
select alarm_key, title, detail, raised_at, last_seen_at, acknowledged_at, acknowledged_by,
       escalated_at, closed_at
from ops.alarm
where :with_closed or closed_at is null
order by raised_at desc, alarm_key;

-- name: close
-- A task that began before the alarm was last raised knows nothing of it, however long it has waited for its mails.
update ops.alarm set closed_at = :moment
where alarm_key like :prefix and closed_at is null and last_seen_at <= :moment
  and alarm_key <> all(cast(:still as text[]));

-- name: escalate
update ops.alarm set escalated_at = :moment where alarm_key = :alarm_key;

-- name: raise
insert into ops.alarm (alarm_key, title, detail, raised_at, last_seen_at)
values (:alarm_key, :title, :detail, :moment, :moment)
on conflict (alarm_key) do update set
    last_seen_at = excluded.last_seen_at, detail = excluded.detail, closed_at = null
returning raised_at = last_seen_at as is_new, raised_at, acknowledged_at, escalated_at;
