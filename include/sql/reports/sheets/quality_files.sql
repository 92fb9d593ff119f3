-- Files and rows by source, of all that has arrived. Grain: one row per source.
select source.title as source,
       count(file_id) filter (
           where coalesce(file.period_start, file.export_date) >= :period_start
             and coalesce(file.period_end, file.export_date) <= :period_end) as files_of_period,
       count(file_id) filter (where file.status = 'loaded') as files_loaded,
       count(file_id) filter (where file.status = 'rejected') as files_rejected,
       count(file_id) filter (where file.status = 'duplicate') as files_duplicate,
       coalesce(sum(file.rows_read), 0) as rows_read,
       coalesce(sum(file.rows_accepted), 0) as rows_accepted,
       coalesce(sum(file.rows_quarantined), 0) as rows_quarantined,
       coalesce(sum(file.rows_superseded), 0) as rows_superseded,
       coalesce(sum(file.rows_ignored), 0) as rows_ignored
from unnest(cast(:sources as text[]), cast(:source_titles as text[])) with ordinality
    as source (code, title, position)
left join ops.source_file as file
  on file.source = source.code and file.received_at <= core.known_at()
group by source.position, source.title
order by source.position
