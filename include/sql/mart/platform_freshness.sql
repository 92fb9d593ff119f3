-- Until when each platform has exported all of sellers, products and orders. Grain: one row per platform.
select platform, min(exported_on) as exported_on,
       coalesce(min(exported_on) >= :last_day and count(exported_on) = 3, false) as is_fresh
from unnest(cast(:platforms as text[])) as platform
cross join unnest(array['stall', 'listing', 'order_line']) as wanted
left join lateral (
    select max(export_date) as exported_on
    from ops.source_file
    where source = platform and entity = wanted and status in ('loaded', 'duplicate')
      and received_at <= core.known_at()
) as latest on true
group by platform
order by platform
