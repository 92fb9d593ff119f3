-- A source that sent files in each of the last three weeks before the period's end, none of which told
-- anything new. Found: files. Grain: one row for the source, or none.
with sent as (
    select file_id, (:period_end - export_date) / 7 as weeks_before, received_at
    from ops.source_file
    where source = :source and status in ('loaded', 'duplicate')
      and export_date > cast(:period_end as date) - 21 and export_date <= :newest_on
),
told as (
    select distinct file_id from (
        select ops.file_of(record_id) from core.stall_version
        where known_from >= (select min(received_at) from sent)
        union all
        select ops.file_of(record_id) from core.listing_version
        where known_from >= (select min(received_at) from sent)
        union all
        select ops.file_of(record_id) from core.order_line_version
        where known_from >= (select min(received_at) from sent)
        union all
        select ops.file_of(record_id) from core.registry_version
        where known_from >= (select min(received_at) from sent)
        union all
        select ops.file_of(record_id) from core.wallet_version
        where known_from >= (select min(received_at) from sent)
        union all
        select ops.file_of(record_id) from core.ocop_version
        where known_from >= (select min(received_at) from sent)
        union all
        select ops.file_of(record_id) from core.key_product_version
        where known_from >= (select min(received_at) from sent)
        union all
        select ops.file_of(record_id) from core.base_version
        where known_from >= (select min(received_at) from sent)
        union all
        select ops.file_of(record_id) from core.training_version
        where known_from >= (select min(received_at) from sent)
        union all
        select ops.file_of(record_id) from core.season_version
        where known_from >= (select min(received_at) from sent)
        union all
        select ops.file_of(record_id) from core.price_version
        where known_from >= (select min(received_at) from sent)
        union all
        select ops.file_of(record_id) from core.information_version
        where known_from >= (select min(received_at) from sent)
        union all
        select file_id from core.submission_version
        where known_from >= (select min(received_at) from sent)
    ) as version (file_id)
)
select cast(null as text) as unit_code, cast(null as text) as indicator_code,
       cast(count(*) as numeric) as found, 0 as expected
from sent
left join told using (file_id)
having count(distinct greatest(weeks_before, 0)) = 3 and count(told.file_id) = 0
