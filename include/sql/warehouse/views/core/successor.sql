drop view if exists core.successor cascade;
create view core.successor as
select old.record_id, new.record_id as next_record_id
from core.stall_version as old
join core.stall_version as new
  on new.entity_key = old.entity_key and new.known_from = old.known_until
where old.known_until <> 'infinity'
union all
select old.record_id, new.record_id as next_record_id
from core.listing_version as old
join core.listing_version as new
  on new.entity_key = old.entity_key and new.known_from = old.known_until
where old.known_until <> 'infinity'
union all
select old.record_id, new.record_id as next_record_id
from core.order_line_version as old
join core.order_line_version as new
  on new.entity_key = old.entity_key and new.known_from = old.known_until
where old.known_until <> 'infinity'
union all
select old.record_id, new.record_id as next_record_id
from core.wallet_version as old
join core.wallet_version as new
  on new.entity_key = old.entity_key and new.known_from = old.known_until
where old.known_until <> 'infinity'
union all
select old.record_id, new.record_id as next_record_id
from core.ocop_version as old
join core.ocop_version as new
  on new.entity_key = old.entity_key and new.known_from = old.known_until
where old.known_until <> 'infinity'
union all
select old.record_id, new.record_id as next_record_id
from core.information_version as old
join core.information_version as new
  on new.entity_key = old.entity_key and new.known_from = old.known_until
where old.known_until <> 'infinity';
comment on view core.successor is 'Which record replaced which, over all history. Grain: one row per record replaced.';
