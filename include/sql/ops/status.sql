-- Grain: one row per source.
select source,
       count(*) filter (where status = 'loaded') as loaded,
       count(*) filter (where status = 'rejected') as rejected,
       count(*) filter (where status = 'duplicate') as duplicate,
       count(*) filter (where status = 'received') as waiting,
       sum(rows_read) as rows_read,
       sum(rows_accepted) as rows_accepted,
       sum(rows_quarantined) as rows_quarantined,
       sum(rows_superseded) as rows_superseded,
       max(export_date) as last_export,
       max(received_at) as last_received
from ops.source_file
group by source
order by source
