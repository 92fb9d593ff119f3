-- Files of a unit that could not be used. Grain: one row per file.
select name from ops.source_file
where source = :source and unit_code = :unit_code and status = 'rejected'
  and received_at >= :since
order by received_at, file_id
