-- A source that has sent something before, and of one of its entities nothing within the days its contract
-- says before the period's end. Found: days since; expected: days allowed. Grain: one row for the source.
with newest as (
    select wanted, max(file.export_date) as exported_on
    from unnest(cast(:entities as text[])) as wanted
    left join ops.source_file as file
      on file.source = :source and file.status in ('loaded', 'duplicate')
     and wanted = any(string_to_array(file.entity, ', ')) and file.export_date <= :newest_on
    group by wanted
)
select cast(null as text) as unit_code, cast(null as text) as indicator_code,
       cast(:period_end - min(exported_on) as numeric) as found, cast(:within as numeric) as expected
from newest
having cast(:period_end - min(exported_on) as numeric) > :within
    or (count(exported_on) between 1 and count(*) - 1)
