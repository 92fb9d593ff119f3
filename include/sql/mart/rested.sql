insert into rested (indicator_code, file_id, records_in_period, records_cumulative)
select :code, ops.file_of(record_id), count(*) filter (where is_in_period),
       count(*) filter (where is_cumulative)
from ({body}) as traced
where is_in_period or is_cumulative
group by ops.file_of(record_id)
