-- For each figure of sheet 1: how many records it rests on, from which files. Grain: one row per indicator.
with listed as (
    select rested.indicator_code, file.source, file.name,
           count(*) over (partition by rested.indicator_code, file.source) as files,
           row_number() over (partition by rested.indicator_code, file.source
                              order by file.export_date desc, file.name desc) as rank
    from rested
    join ops.source_file as file using (file_id)
),
named as (
    select listed.indicator_code,
           string_agg(source.title || ': ' || listed.files || ' tệp'
                      || case when listed.files > 1 then ', mới nhất ' else ' ' end || listed.name,
                      E'\n' order by source.position) as files
    from listed
    join unnest(cast(:sources as text[]), cast(:source_titles as text[])) with ordinality
        as source (code, title, position) on source.code = listed.source
    where listed.rank = 1
    group by listed.indicator_code
)
select indicator.code as indicator, official.channel,
       coalesce(sum(rested.records_in_period), 0) as records_in_period,
       coalesce(sum(rested.records_cumulative), 0) as records_cumulative,
       named.files,
       :trace_command || ' ' || indicator.code
       || case when :revision > 0 then ' --revision ' || :revision else '' end as trace
from indicator
join official
  on official.no = 1 and official.indicator_code = indicator.code and official.unit_code = core.home_province()
left join rested on rested.indicator_code = indicator.code
left join named on named.indicator_code = indicator.code
group by indicator.position, indicator.code, official.channel, named.files
order by indicator.position
