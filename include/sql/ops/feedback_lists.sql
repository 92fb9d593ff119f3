-- The lists of a file. Grain: one row per entity.
select source_table.entity,
       count(*) filter (where verdict.verdict is null) as rows_accepted,
       count(*) filter (where verdict.verdict = 'quarantined') as rows_quarantined,
       count(*) filter (where verdict.verdict = 'superseded') as rows_superseded
from raw.source_table
join raw.source_row using (table_id)
left join ops.row_verdict as verdict using (record_id)
where source_table.file_id = :file_id and source_table.entity <> 'submission'
group by source_table.entity
order by min(source_table.table_id)
