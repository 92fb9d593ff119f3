insert into ops.check_waiver (file_id, check_name, waived_at, waived_by, reason)
select file_id, rule, :moment, :by, :reason
from ops.source_file
where file_id = :file_id and status = 'received' and rule is not null and rule <> 'source_held'
on conflict (file_id, check_name) do nothing
returning check_name
