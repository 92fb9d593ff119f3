insert into ops.alarm (alarm_key, title, detail, raised_at, last_seen_at)
values (:alarm_key, :title, :detail, :moment, :moment)
on conflict (alarm_key) do update set
    last_seen_at = excluded.last_seen_at, detail = excluded.detail, closed_at = null
returning raised_at = last_seen_at as is_new, raised_at, acknowledged_at, escalated_at
