-- name: counts
-- What waits for people. Grain: one row.
select
    (select count(distinct record_id) from ops.quarantine where closed_at is null) as rows_held,
    (select count(distinct file_id) from ops.quarantine where closed_at is null) as files_held,
    (select count(*) from core.doubtful_pair where decision is null and gone_at is null) as pairs,
    (select count(*) from ops.report) as reports;

-- name: deliveries
-- The mails of a period's report, all revisions. Grain: one row per revision and recipient.
select delivery.revision, delivery.recipient, delivery.role, delivery.state, delivery.attempts,
       delivery.last_error, delivery.changed_at, delivery.sent_at,
       split_part(trim('<>' from delivery.message_id), '@', 1) as mail_key
from ops.delivery
where report_kind = :report_kind and period = :period
order by delivery.revision desc, case delivery.role when 'to' then 1 when 'cc' then 2 else 3 end,
         delivery.recipient;

-- name: published
-- The reports of a kind that are published. Grain: one row per period.
with last_revision as (
    select period, max(revision) as revision from ops.report where report_kind = :report_kind group by period
)

select last_revision.period, count(delivery.recipient) > 0 as is_unsent
from last_revision
left join ops.delivery
  on delivery.report_kind = :report_kind and delivery.period = last_revision.period
 and delivery.revision = last_revision.revision and delivery.state <> 'sent'
group by last_revision.period
order by last_revision.period;

-- name: figures
-- The province's figures of a period and of those before it: as printed last where it is published, else
-- as last computed. Grain: one row per period and indicator.
with printed as (
    select distinct on (period_start, indicator_code)
           period_start, indicator_code, revision, in_period, in_period_2, growth_pct, cumulative,
           cumulative_2, completion_pct, channel, published_at as at
    from mart.indicator_published
    where report_kind = :report_kind and unit_code = core.home_province()
      and period_start between :first_start and :last_start
    order by period_start, indicator_code, revision desc
),

computed as (
    select period_start, indicator_code, in_period, in_period_2, growth_pct, cumulative, cumulative_2,
           completion_pct, channel, computed_at as at
    from mart.indicator_value
    where report_kind = :report_kind and unit_code = core.home_province()
      and period_start between :first_start and :last_start
)

select period_start, indicator_code, revision, in_period, in_period_2, growth_pct, cumulative,
       cumulative_2, completion_pct, channel, at
from printed
union all
select period_start, indicator_code, null, in_period, in_period_2, growth_pct, cumulative,
       cumulative_2, completion_pct, channel, at
from computed
where not exists (
    select 1 from printed
    where printed.period_start = computed.period_start
      and printed.indicator_code = computed.indicator_code)
order by indicator_code, period_start;

-- name: last_revision
-- The last published revision of a period; null where it is not published.
select max(revision) from ops.report where report_kind = :report_kind and period = :period;

-- name: list
-- The last verdict of each check, worst first. Grain: one row per check that was ever asked.
with last_result as (
    select distinct on (result.check_name) result.check_name, result.severity, result.is_passed,
           result.checked_rows, result.failed_rows, run.report_kind, run.period, run.checked_at
    from ops.check_result as result
    join ops.check_run as run using (run_id)
    order by result.check_name, result.run_id desc
)
select last_result.check_name as "check", declared.gate, declared.source, last_result.severity,
       case when is_passed then 'passed' else 'failed' end as verdict, failed_rows, checked_rows,
       declared.label, declared.reason, declared.mended_by, declared.mended_by_name,
       last_result.report_kind || ' ' || last_result.period as period, last_result.checked_at
from last_result
join ops.quality_check as declared using (check_name)
where (:with_passed or not is_passed)
  and (cast(:gate as text) is null or declared.gate = :gate)
  and (cast(:source as text) is null or declared.source = :source)
order by is_passed, last_result.severity, last_result.check_name;

-- name: notices
-- Mails that are no reports and did not go out. Grain: one row per fact and recipient.
select fact || '|' || recipient as notice_key, kind, recipient, subject, state, last_error, changed_at,
       split_part(trim('<>' from message_id), '@', 1) as mail_key
from ops.mail
where kind <> 'report' and state <> 'sent'
  and (cast(:mail_key as text) is null
       or split_part(trim('<>' from message_id), '@', 1) = :mail_key)
order by state not in ('failed', 'unknown'), changed_at desc, notice_key;

-- name: recipients
-- Who would be sent a report now that has no row in its ledger yet. Grain: one row per recipient.
select recipient.address, recipient.role
from ops.recipient
left join ops.delivery
  on delivery.report_kind = recipient.report_kind and delivery.period = :period
 and delivery.revision = :revision and delivery.recipient = recipient.address
where recipient.report_kind = :report_kind and recipient.is_active and delivery.recipient is null
order by case recipient.role when 'to' then 1 when 'cc' then 2 else 3 end, recipient.address;

-- name: regions
-- The figures of regions of a period, as printed last where it is published, else as last computed. Grain: one row per
-- region and indicator.
with printed as (
    select distinct on (region_code, indicator_code)
           region_code, region, is_reporting, indicator_code, in_period, in_period_2, cumulative, cumulative_2,
           completion_pct
    from mart.region_published
    where report_kind = :report_kind and period_start = :period_start
    order by region_code, indicator_code, revision desc
),

computed as (
    select value.region_code, region.full_name as region, region.is_reporting, value.indicator_code, value.in_period,
           value.in_period_2, value.cumulative, value.cumulative_2, value.completion_pct
    from mart.region_value as value
    join core.region
      on region.region_code = value.region_code and region.valid_from <= :last_day
     and (region.valid_to is null or region.valid_to >= :last_day)
    where value.report_kind = :report_kind and value.period_start = :period_start
      and not exists (select 1 from printed)
)

select shown.*
from (select * from printed union all select * from computed) as shown
left join core.region
  on region.region_code = shown.region_code and region.valid_from <= :last_day
 and (region.valid_to is null or region.valid_to >= :last_day)
order by region.position, shown.region_code, shown.indicator_code;

-- name: stopped
select file_id, source, name, rule as "check", reason, detail, received_at
from ops.source_file
where status = 'received' and rule is not null
order by file_id;

-- name: submissions
-- What each unit sent for each period, or the region that reports for it. Grain: one row per period and sender.
with period as (
    select row_number() over (order by starts.period_start) as no, starts.period_start,
           starts.period_end
    from unnest(cast(:starts as date[]), cast(:ends as date[])) as starts (period_start, period_end)
),

form as (
    select unit_code, period_start, count(*) as versions, min(received_at) as first_at,
           max(received_at) as last_at, max(file_id) as file_id
    from core.submission_version
    where report_kind = :report_kind and unit_code is not null
    group by unit_code, period_start
)

select period.no, unit.unit_code, unit.full_name as unit, coalesce(form.versions, 0) as versions,
       form.first_at, form.last_at, coalesce(form.file_id, rejected.file_id) as file_id,
       rejected.received_at as rejected_at, rule.label as rejected_because
from period
cross join lateral core.reporters_on(period.period_end - 1) as unit
left join form on form.unit_code = unit.unit_code and form.period_start = period.period_start
left join lateral (
    select other.file_id, other.received_at, other.rule
    from ops.source_file as other
    where form.unit_code is null and other.unit_code = unit.unit_code and other.status = 'rejected'
      and other.export_date between period.period_start and period.period_end
    order by other.received_at desc, other.file_id desc
    limit 1
) as rejected on true
left join ops.rule on rule.rule = rejected.rule
order by unit.position, period.no;

-- name: units
-- Every unit and region there ever was, by its last name. Grain: one row per unit or region.
select distinct on (unit_code) unit_code, full_name
from (
    select unit_code, full_name, valid_from from core.unit
    union all
    select region_code, full_name, valid_from from core.region
) as place
order by unit_code, valid_from desc;
