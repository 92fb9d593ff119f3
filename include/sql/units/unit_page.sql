-- name: course
-- Cumulatives of a unit as last published, of the periods up to one and of its year. Grain: one row per period and indicator.
select distinct on (indicator_code, period_start) indicator_code, period_start, cumulative
from mart.indicator_published
where report_kind = :report_kind and unit_code = :unit_code and period_end <= :period_end
  and published_at <= :until and period_start > cast(:period_end as date) - cast(:days as integer)
order by indicator_code, period_start, revision desc;

-- name: files
-- Files of a unit that came since a moment and up to one, with what is open in them. Grain: one row per file.
select file.file_id, file.status, file.received_at
from ops.source_file as file
where file.source = :source and file.received_at > :since and file.received_at <= :until
  and coalesce(file.unit_code, file.sender) = :unit_code and file.status in ('loaded', 'rejected')
order by file.received_at, file.file_id;
