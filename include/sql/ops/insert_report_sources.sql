insert into ops.report_source (report_kind, period, revision, file_id)
select :report_kind, :period, :revision, file_id
from ops.source_file
where status = 'loaded'
