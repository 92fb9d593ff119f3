-- name: queue
-- Queues what was published lately for a hook; what is queued stays as it is.
insert into ops.webhook_call (hook, report_kind, period, revision, state, attempts, queued_at)
select :hook, report.report_kind, report.period, report.revision, 'pending', 0, :moment
from ops.report
where report.published_at > :since and report.published_at <= :moment
on conflict (hook, report_kind, period, revision) do nothing;

-- name: give_up
update ops.webhook_call
set state = 'failed', changed_at = :moment
where hook = :hook and state = 'pending' and queued_at <= :since;

-- name: next
-- The call that has waited longest and was not tried in this round, locked; none where another round has it.
-- Grain: at most one row.
select call.report_kind, call.period, call.revision, call.attempts, report.published_at, report.figures_sha256
from ops.webhook_call as call
inner join ops.report using (report_kind, period, revision)
where call.hook = :hook and call.state = 'pending' and (call.changed_at is null or call.changed_at < :moment)
order by report.published_at, call.report_kind, call.period, call.revision
limit 1
for update of call skip locked;

-- name: settle
update ops.webhook_call
set state = :state, attempts = attempts + 1, changed_at = :moment, answer = :answer
where hook = :hook and report_kind = :report_kind and period = :period and revision = :revision;

-- name: most_tried
select coalesce(max(attempts), 0)
from ops.webhook_call
where hook = :hook and state = 'pending';
