-- The views show what is known at core.known_at(): now, or the moment of an "as known at" run.

drop view if exists core.order_line, core.listing, core.stall, core.registry, core.wallet,
    core.producer, core.ocop, core.key_product, core.base, core.training, core.season, core.price,
    core.information, core.submission, core.successor cascade;

create view core.producer as
select producer_id, kind, unit_code, unit_from
from core.producer_version
where known_from <= core.known_at() and known_until > core.known_at();
comment on view core.producer is 'Producers as known. Grain: one row per producer.';

create view core.stall as
select stall.*, member.producer_id
from core.stall_version as stall
left join core.producer_member_version as member
  on member.member_kind = 'stall' and member.member_key = stall.entity_key
 and member.known_from <= core.known_at() and member.known_until > core.known_at()
where stall.known_from <= core.known_at() and stall.known_until > core.known_at();
comment on view core.stall is 'Stalls as known, with their producer. Grain: one row per stall.';

create view core.registry as
select registry.*, member.producer_id
from core.registry_version as registry
left join core.producer_member_version as member
  on member.member_kind = 'registry' and member.member_key = registry.entity_key
 and member.known_from <= core.known_at() and member.known_until > core.known_at()
where registry.known_from <= core.known_at() and registry.known_until > core.known_at();
comment on view core.registry is 'The units'' lists of producers as known. Grain: one row per listed producer.';

create view core.wallet as
select wallet.*, member.producer_id
from core.wallet_version as wallet
left join core.producer_member_version as member
  on member.member_kind = 'wallet' and member.member_key = wallet.entity_key
 and member.known_from <= core.known_at() and member.known_until > core.known_at()
where wallet.known_from <= core.known_at() and wallet.known_until > core.known_at();
comment on view core.wallet is 'Wallet accounts as known. Grain: one row per account.';

-- Two listings of one producer are one product when their OCOP codes are equal, or their normalised
-- names are and they do not bear two different codes. A listing without a code joins the first code
-- of its name. A mark or a traceability belongs to the product, from its earliest date.
create view core.listing as
with listed as (
    select listing.entity_key, listing.platform, listing.product_id, listing.name, listing.seller_id,
           listing.product_group, listing.category, listing.ocop_code, listing.price_vnd,
           listing.sales_unit, listing.net_weight_kg, listing.listed_on, listing.delisted_on,
           listing.brand_mark_on, listing.traceability_on, listing.farmer_discount_pct,
           listing.name_key, listing.category_key, listing.record_id,
           least(listing.delisted_on, stall.closed_on) as live_until,
           stall.province_code, stall.kind as stall_kind, stall.producer_id,
           producer.kind as producer_kind, producer.unit_code,
           coalesce(stall.producer_id::text, stall.entity_key) as owner_key
    from core.listing_version as listing
    join core.stall
      on stall.entity_key = listing.platform || '|' || listing.seller_id
    left join core.producer using (producer_id)
    where listing.known_from <= core.known_at() and listing.known_until > core.known_at()
),
named as (
    select listed.*,
           owner_key || '|' || coalesce(
               ocop_code,
               min(ocop_code) over (partition by owner_key, name_key),
               'name ' || name_key) as product_key
    from listed
)
select named.*,
       min(brand_mark_on) over (partition by product_key) as product_brand_mark_on,
       min(traceability_on) over (partition by product_key) as product_traceability_on
from named;
comment on view core.listing is 'Listings as known, with their product, stall and producer. Grain: one row per listing.';

create view core.order_line as
select line.entity_key, line.platform, line.order_no, line.line_no, line.ordered_at,
       line.completed_at,
       (line.ordered_at at time zone 'Asia/Ho_Chi_Minh')::date as ordered_on,
       (line.completed_at at time zone 'Asia/Ho_Chi_Minh')::date as completed_on,
       line.seller_id, line.product_id, line.quantity,
       coalesce(line.weight_kg, line.quantity * listing.net_weight_kg) as weight_kg,
       line.amount_vnd, line.receiving_province_code, line.receiving_country_code,
       line.buyer_phone, line.status, line.record_id,
       listing.product_group, listing.category, listing.category_key, listing.name_key,
       stall.province_code, stall.producer_id, producer.kind as producer_kind, producer.unit_code
from core.order_line_version as line
join core.stall
  on stall.entity_key = line.platform || '|' || line.seller_id
join core.listing_version as listing
  on listing.entity_key = line.platform || '|' || line.product_id
 and listing.known_from <= core.known_at() and listing.known_until > core.known_at()
left join core.producer using (producer_id)
where line.known_from <= core.known_at() and line.known_until > core.known_at();
comment on view core.order_line is 'Order lines as known, with their product and producer. Grain: one row per line.';

-- A certificate without an expiry date ends the same day 36 months later.
create view core.ocop as
select ocop.*,
       coalesce(expires_on, (recognised_on + interval '36 months')::date) as valid_until
from core.ocop_version as ocop
where known_from <= core.known_at() and known_until > core.known_at();
comment on view core.ocop is 'The OCOP catalogue as known. Grain: one row per code.';

create view core.key_product as
select * from core.key_product_version
where known_from <= core.known_at() and known_until > core.known_at();
comment on view core.key_product is 'Key products as known. Grain: one row per unit, product and year.';

create view core.base as
select * from core.base_version
where known_from <= core.known_at() and known_until > core.known_at();
comment on view core.base is 'Base totals as known. Grain: one row per unit, total and year.';

create view core.training as
select * from core.training_version
where known_from <= core.known_at() and known_until > core.known_at();
comment on view core.training is 'Trainings as known. Grain: one row per person, topic and date.';

create view core.season as
select * from core.season_version
where known_from <= core.known_at() and known_until > core.known_at();
comment on view core.season is 'The harvest calendar as known. Grain: one row per product, unit and month.';

create view core.price as
select * from core.price_version
where known_from <= core.known_at() and known_until > core.known_at();
comment on view core.price is 'Market prices as known. Grain: one row per product, date and place.';

create view core.information as
select information.*,
       (published_at at time zone 'Asia/Ho_Chi_Minh')::date as published_on
from core.information_version as information
where known_from <= core.known_at() and known_until > core.known_at();
comment on view core.information is 'Information items as known. Grain: one row per item.';

create view core.submission as
select * from core.submission_version
where known_from <= core.known_at() and known_until > core.known_at();
comment on view core.submission is 'Accepted forms as known. Grain: one row per sender and period.';

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
