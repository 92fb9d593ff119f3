-- name: published_files
select report_kind, period, revision, name, sha256
from ops.report_file
order by report_kind, period, revision, name;

-- name: published_reports
-- Grain: one row per published report and revision.
select report_kind, period, revision, published_at from ops.report order by report_kind, period, revision;

-- name: retention
-- Removes what names people and is settled for long; returns how many rows. What is counted or proved
-- with (files, rows, reports, deliveries, the audit) is never removed.
with old_notice as (
    delete from ops.mail
    where kind <> 'report' and state in ('sent', 'failed') and changed_at < cast(:moment as timestamptz) - cast(:notices as interval)
    returning 1
),
old_alarm as (
    delete from ops.alarm
    where closed_at < cast(:moment as timestamptz) - cast(:alarms as interval)
    returning 1
),
old_scan as (
    delete from ops.form_scan
    where received_at < cast(:moment as timestamptz) - cast(:scans as interval)
    returning 1
),
old_run as (
    delete from ops.check_run
    where checked_at < cast(:moment as timestamptz) - cast(:verdicts as interval)
    returning 1
)
select (select count(*) from old_notice) + (select count(*) from old_alarm)
       + (select count(*) from old_scan) + (select count(*) from old_run) as removed;
