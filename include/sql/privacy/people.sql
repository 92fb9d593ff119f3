-- name: bearers
-- Rows that are resolved to producers and bear a number, or belong to one of the producers, in any
-- version. Grain: one row per member and content.
with member as (
    select 'stall' as kind, entity_key as key, paper_number, phone, owner_name as name, unit_code
    from core.stall_version
    union
    select 'registry', entity_key, paper_number, phone, name, unit_code from core.registry_version
    union
    select 'wallet', entity_key, paper_number, phone, name, unit_code from core.wallet_version
)
select member.kind, member.key, member.paper_number, member.phone, member.name, member.unit_code,
       known.producer_id
from member
left join core.producer_member_version as known
  on known.member_kind = member.kind and known.member_key = member.key and known.known_until = 'infinity'
where member.paper_number = any(cast(:numbers as text[]))
   or member.phone = any(cast(:numbers as text[]))
   or known.producer_id = any(cast(:producers as bigint[]))
order by member.kind, member.key;

-- name: file_rows
-- Rows of the keys, or in which the digits of a number stand. Grain: one row per row of a file. Lines that were
-- taken as they stand have no cells: their rows are in the file alone.
select source_row.record_id, source_table.entity, source_row.entity_key, source_row.cells,
       source_table.headers, source_file.source, source_file.sha256
from raw.source_row
join raw.source_table using (table_id)
join ops.source_file using (file_id)
where exists (
          select 1
          from string_to_table(source_row.entity_key, E'\n') as part
          join unnest(cast(:entities as text[]), cast(:keys as text[])) as erased (entity, key)
            on erased.key = part and erased.entity = source_table.entity)
   or regexp_replace(array_to_string(source_row.cells, '|'), '[^0-9|]', '', 'g') ~ :digits
union all
select line.record_id, 'order_line', line.entity_key, '{}', source_table.headers, source_file.source,
       source_file.sha256
from core.order_line_version as line
cross join lateral raw.place_of(line.record_id) as place
join raw.source_table on source_table.table_id = place.table_id
join ops.source_file using (file_id)
where place.entity_key is null
  and regexp_replace(concat_ws('|', line.order_no, line.seller_id, line.product_id, line.buyer_phone),
                     '[^0-9|]', '', 'g') ~ :digits
order by record_id;

-- name: listings
-- Listings of the stalls, in any version. Grain: one row per key and name.
select distinct entity_key as key, name
from core.listing_version
where platform || '|' || seller_id = any(cast(:stalls as text[]))
order by key, name;

-- name: mentions
-- Trained people and owners of OCOP products with one of the numbers, or without a number and with a
-- name and unit of the person, in any version. Grain: one row per key and name.
with person as (
    select distinct name, unit_code
    from unnest(cast(:names as text[]), cast(:units as text[])) as given (name, unit_code)
)
select distinct 'training' as kind, entity_key as key, name
from core.training_version as training
where paper_number = any(cast(:numbers as text[])) or phone = any(cast(:numbers as text[]))
   or (paper_number is null and phone is null
       and exists (select 1 from person
                   where person.unit_code = training.unit_code and lower(person.name) = lower(training.name)))
union
select 'ocop', entity_key, owner_name
from core.ocop_version as ocop
where owner_paper_number = any(cast(:numbers as text[]))
   or (owner_paper_number is null
       and exists (select 1 from person
                   where person.unit_code = ocop.unit_code and lower(person.name) = lower(ocop.owner_name)))
order by kind, key, name;

-- name: published
-- Published reports in whose frozen text one of the words stands. Grain: one row per report.
select report_kind, period, revision
from ops.report
where exists (
    select 1 from unnest(cast(:words as text[])) as word where position(word in cast(frozen as text)) > 0)
order by report_kind, period, revision;
