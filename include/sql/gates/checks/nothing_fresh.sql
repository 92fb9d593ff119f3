-- That none of the senders has sent anything within the days its contract says before the period's end. Found:
-- senders that are late; expected: fewer than all. Grain: one row for the report, or none.
with newest as (
    select allowed.source, allowed.within, max(file.export_date) as exported_on
    from unnest(cast(:senders as text[]), cast(:withins as integer[])) as allowed (source, within)
    left join ops.source_file as file
      on file.source = allowed.source and file.status in ('loaded', 'duplicate')
     and file.export_date <= :newest_on
    group by allowed.source, allowed.within
)
select cast(null as text) as unit_code, cast(null as text) as indicator_code,
       cast(count(*) as numeric) as found, cast(count(*) - 1 as numeric) as expected
from newest
having count(*) filter (where cast(:period_end as date) - exported_on <= within) = 0
