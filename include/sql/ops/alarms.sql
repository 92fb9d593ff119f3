select alarm_key, title, detail, raised_at, last_seen_at, acknowledged_at, acknowledged_by,
       escalated_at, closed_at
from ops.alarm
where :with_closed or closed_at is null
order by raised_at desc, alarm_key
