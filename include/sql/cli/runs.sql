-- name: deliveries
select recipient, state, revision
from ops.delivery
where report_kind = :report_kind and period = :period
order by revision, recipient;

-- name: figures
-- The province's figures as last published. Grain: one row per indicator.
select distinct on (indicator_code)
       indicator_code, in_period, in_period_2, growth_pct, cumulative, cumulative_2, completion_pct
from mart.indicator_published
where report_kind = :report_kind and period = :period and unit_code = core.home_province()
order by indicator_code, revision desc;

-- name: files
select status, count(*) as files from ops.source_file group by status order by status;

-- name: quarantine
select entity, count(distinct record_id) filter (where closed_at is null) as rows,
       count(distinct record_id) filter (where closed_at is not null) as closed
from ops.quarantine
group by entity
order by entity;
