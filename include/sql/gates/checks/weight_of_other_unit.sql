-- A file among whose first twenty thousand rows more than half of the lines that bear a weight, at least
-- twenty, weigh five hundred times what quantity and net weight say: a weight that is merely great (a net
-- weight by the piece, a sale of tonnes) is the sender's word and goes in. Grain: one row for the file, or none. Asked inside the file's own transaction.
with line as (
    select version.weight_kg > 500 * version.quantity * listing.net_weight_kg as is_other
    from core.order_line_version as version
    join core.listing_version as listing
      on listing.entity_key = version.platform || '|' || version.product_id
     and listing.known_until = 'infinity' and listing.net_weight_kg > 0
    where version.known_until = 'infinity' and version.weight_kg is not null
      and version.record_id >= cast(:file_id as bigint) << 32
      and version.record_id < (cast(:file_id as bigint) << 32) + 20000
)
select count(*) filter (where is_other) as found, count(*) as expected
from line
having count(*) filter (where is_other) >= 20 and count(*) filter (where is_other) * 2 > count(*)
