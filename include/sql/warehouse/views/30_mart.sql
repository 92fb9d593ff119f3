-- What analysts query (spec/interfaces.md). These views read core with their owner's rights, so that a
-- role without any right on core can use them: what they leave out cannot be read. They leave out
-- names, phones, paper numbers, addresses, and every text that a seller or sender writes freely.
-- They show what is known at core.known_at(), as the views of core do. See docs/decisions/0010-roles.md.

drop view if exists mart.order_line, mart.product, mart.listing, mart.stall, mart.producer, mart.season,
    mart.key_product, mart.ocop, mart.price, mart.information, mart.training, mart.base, mart.target,
    mart.unit, mart.province, mart.country, mart.period, ops.held_back, ops.arrival cascade;
drop view if exists core.public_category;

-- A category is typed by sellers. It is shown when an office's list has it, or when at least three
-- sellers use it: then it is a word, not somebody's number or name.
create view core.public_category as
with used as (
    select category_key, platform || '|' || seller_id as seller, category
    from core.listing_version
    where known_from <= core.known_at() and known_until > core.known_at() and category_key is not null
),
office as (
    select name_key from core.key_product
    union
    select name_key from core.season
    union
    select name_key from core.price
)
select used.category_key, min(used.category collate "C") as category
from used
left join office on office.name_key = used.category_key
group by used.category_key
having count(distinct used.seller) >= 3 or bool_or(office.name_key is not null);
comment on view core.public_category is 'Categories that can be nobody''s number or name: in an office''s list, or used by three sellers. Grain: one row per normalised category.';
comment on column core.public_category.category_key is 'Normalised category.';
comment on column core.public_category.category is 'As written; of several spellings the first.';

create view mart.unit as
select unit_code, name, full_name, kind, position, valid_from as valid_from_on, valid_to as valid_until_on
from core.unit;
comment on view mart.unit is 'District-level units with their validity. Grain: one row per unit and validity.';
comment on column mart.unit.unit_code is 'GSO code; never read without a date.';
comment on column mart.unit.name is 'Short name.';
comment on column mart.unit.full_name is 'Name as printed.';
comment on column mart.unit.kind is 'Thành phố, Thị xã or Huyện';
comment on column mart.unit.position is 'Order in reports.';
comment on column mart.unit.valid_from_on is 'First day.';
comment on column mart.unit.valid_until_on is 'Last day; null while it is valid.';

create view mart.province as
select province_code, gso_code, name, region, position, valid_from as valid_from_on,
       valid_to as valid_until_on
from core.province;
comment on view mart.province is 'Provinces: the 63 before 2025-07-01 and the 34 since. Grain: one row per province and its time.';
comment on column mart.province.province_code is 'Code in this warehouse: the GSO code of before 2025-07-01, 2025-24 and so on for those of after it.';
comment on column mart.province.gso_code is 'The GSO code of its time; never read without a date.';
comment on column mart.province.valid_from_on is 'First day; null for those of before 2025-07-01.';
comment on column mart.province.valid_until_on is 'Last day; null while it is there.';
comment on column mart.province.name is 'Name.';
comment on column mart.province.region is 'Bắc, Trung or Nam';
comment on column mart.province.position is 'Order in lists.';

create view mart.country as
select country_code, name, position from core.country;
comment on view mart.country is 'Countries. Grain: one row per country.';
comment on column mart.country.country_code is 'ISO alpha-2.';
comment on column mart.country.name is 'Vietnamese name.';
comment on column mart.country.position is 'Order in lists, by the Vietnamese alphabet.';

create view mart.target as
select year, indicator_code, share as target_share, is_strict, legal_basis
from core.target;
comment on view mart.target is 'Targets of the plan. Grain: one row per year and indicator.';
comment on column mart.target.year is 'Year.';
comment on column mart.target.indicator_code is 'Indicator, as I or II.3.';
comment on column mart.target.target_share is 'Share of the base.';
comment on column mart.target.is_strict is 'Whether the plan says "trên": met only when exceeded.';
comment on column mart.target.legal_basis is 'Where it is set.';

create view mart.period as
with computed as (
    select distinct report_kind, period_start, period_end from mart.indicator_value
),
published as (
    select report_kind, period_start, period_end, max(revision) as last_revision,
           min(published_at) as published_at, max(published_at) as changed_at
    from ops.report
    group by report_kind, period_start, period_end
)
select report_kind,
       case report_kind when 'week' then to_char(period_end, 'YYYY-MM-DD')
                        else to_char(period_start, 'YYYY-MM') end as period,
       period_start, period_end,
       published.published_at is not null as is_published,
       published.last_revision, published.published_at, published.changed_at
from computed
full join published using (report_kind, period_start, period_end);
comment on view mart.period is 'Weeks and months that were computed or published. Grain: one row per period.';
comment on column mart.period.report_kind is 'week or month';
comment on column mart.period.period is 'Due date of the week, or YYYY-MM.';
comment on column mart.period.period_start is 'First day.';
comment on column mart.period.period_end is 'Day after the last day.';
comment on column mart.period.is_published is 'Whether its report is published.';
comment on column mart.period.last_revision is '0, or the number of its last correction; null while it is not published.';
comment on column mart.period.published_at is 'Moment of its first publication.';
comment on column mart.period.changed_at is 'Moment of its last correction, else of its publication.';

-- Tables of mart have their comments from migrations; these say what joins them.
comment on column mart.indicator_value.period_start is 'First day; with report_kind the period (mart.period).';
comment on column mart.indicator_evidence.period_start is 'First day; with report_kind the period (mart.period).';
comment on column mart.indicator_published.period is 'Due date of the week, or YYYY-MM; with report_kind the period (mart.period).';

create view mart.producer as
with stall as (
    select producer_id, count(*) as stalls, min(opened_on) as first_stall_on,
           min(payment_account_on) as payment_account_on
    from core.stall
    where province_code = '22' and producer_id is not null
    group by producer_id
),
wallet as (
    select producer_id, min(opened_on) as wallet_on from core.wallet
    where producer_id is not null group by producer_id
),
registry as (
    select producer_id, bool_or(certificate is not null) as is_certified from core.registry
    where producer_id is not null group by producer_id
)
select producer.producer_id, producer.kind, producer.unit_code, producer.unit_from,
       registry.producer_id is not null as is_registered,
       coalesce(registry.is_certified, false) as is_certified,
       coalesce(stall.stalls, 0) as stalls, stall.first_stall_on,
       least(stall.payment_account_on, wallet.wallet_on) as payment_account_on
from core.producer
left join stall using (producer_id)
left join wallet using (producer_id)
left join registry using (producer_id);
comment on view mart.producer is 'Producers: stalls, entries of the units'' lists and wallet accounts resolved to one. Without names: the steward has them. Grain: one row per producer.';
comment on column mart.producer.producer_id is 'Number of the producer; it stays while stalls come and go.';
comment on column mart.producer.kind is 'household, business_household, cooperative, coop_group or company; companies count in no indicator of II and III';
comment on column mart.producer.unit_code is 'Its unit: the registry''s, else that of its first-opened stall, else the wallet account''s.';
comment on column mart.producer.unit_from is 'What the unit was taken from: registry, stall or wallet';
comment on column mart.producer.is_registered is 'Whether a unit''s list has it.';
comment on column mart.producer.is_certified is 'Whether a unit''s list gives it a certificate.';
comment on column mart.producer.stalls is 'Stalls in Quảng Ninh, closed ones too.';
comment on column mart.producer.first_stall_on is 'Day its first stall was opened.';
comment on column mart.producer.payment_account_on is 'Since when it has an e-payment account, of a stall or a wallet.';

create view mart.stall as
with first_row as (
    select entity_key, min(record_id) as stall_id from core.stall_version group by entity_key
)
select first_row.stall_id, stall.platform, stall.producer_id,
       coalesce(producer.unit_code, stall.unit_code) as unit_code, stall.province_code, stall.kind,
       stall.opened_on, stall.closed_on, stall.payment_account_on, stall.brand_mark_on,
       stall.traceability_on
from core.stall
join first_row using (entity_key)
left join core.producer using (producer_id);
comment on view mart.stall is 'Stalls of both marketplaces. Without their names and numbers there, which lead to a person. Grain: one row per stall.';
comment on column mart.stall.stall_id is 'Number of the stall in this warehouse; it stays.';
comment on column mart.stall.platform is 'postmart or voso';
comment on column mart.stall.producer_id is 'Its producer (mart.producer); null outside Quảng Ninh.';
comment on column mart.stall.unit_code is 'Its producer''s unit, else its own; only for stalls of Quảng Ninh.';
comment on column mart.stall.province_code is 'GSO code of the province, before 2025-07-01.';
comment on column mart.stall.kind is 'household, business_household, cooperative, coop_group or company';
comment on column mart.stall.opened_on is 'Opening date.';
comment on column mart.stall.closed_on is 'Closing date; null while it is open.';
comment on column mart.stall.payment_account_on is 'Since when it has a payment account.';
comment on column mart.stall.brand_mark_on is 'Since when it bears a brand mark.';
comment on column mart.stall.traceability_on is 'Since when it is traceable.';

create view mart.listing as
with first_row as (
    select entity_key, min(record_id) as listing_id from core.listing_version group by entity_key
),
stall_row as (
    select entity_key, min(record_id) as stall_id from core.stall_version group by entity_key
)
select first_row.listing_id,
       min(first_row.listing_id) over (partition by listing.product_key) as product_id,
       stall_row.stall_id, listing.producer_id, listing.platform, listing.unit_code,
       listing.province_code,
       listing.province_code = '22' and listing.producer_id is not null
       and (listing.producer_kind is distinct from 'company') as is_of_producer,
       listing.product_group, public_category.category, public_category.category_key,
       ocop.ocop_code, listing.price_vnd, listing.net_weight_kg,
       round(listing.price_vnd / nullif(listing.net_weight_kg, 0)) as price_vnd_kg,
       listing.listed_on, listing.delisted_on, listing.live_until as live_until_on,
       listing.brand_mark_on, listing.traceability_on,
       listing.product_brand_mark_on, listing.product_traceability_on, listing.farmer_discount_pct
from core.listing
join first_row using (entity_key)
join stall_row on stall_row.entity_key = listing.platform || '|' || listing.seller_id
left join core.public_category using (category_key)
left join core.ocop on ocop.ocop_code = listing.ocop_code;
comment on view mart.listing is 'Listings (SKU) of both marketplaces. Without the names sellers give them. Grain: one row per listing.';
comment on column mart.listing.listing_id is 'Number of the listing in this warehouse; it stays.';
comment on column mart.listing.product_id is 'The product it is a listing of (mart.product): equal OCOP codes, else equal names of one producer.';
comment on column mart.listing.stall_id is 'Its stall (mart.stall).';
comment on column mart.listing.producer_id is 'Its producer (mart.producer); null outside Quảng Ninh.';
comment on column mart.listing.platform is 'postmart or voso';
comment on column mart.listing.unit_code is 'Its producer''s unit.';
comment on column mart.listing.province_code is 'Province of the stall.';
comment on column mart.listing.is_of_producer is 'Whether it is a producer''s of Quảng Ninh and no company''s, so that it counts in III.';
comment on column mart.listing.product_group is 'agri, input or other';
comment on column mart.listing.category is 'Loại sản phẩm; null unless an office''s list has it or three sellers use it.';
comment on column mart.listing.category_key is 'The same, normalised: joins product_key of mart.season, mart.key_product and mart.price.';
comment on column mart.listing.ocop_code is 'Its code where the OCOP catalogue has it (mart.ocop).';
comment on column mart.listing.price_vnd is 'Price in đồng a sales unit.';
comment on column mart.listing.net_weight_kg is 'Net weight of a sales unit.';
comment on column mart.listing.price_vnd_kg is 'Price in đồng a kg; null where price or net weight is unknown.';
comment on column mart.listing.listed_on is 'First day of the listing.';
comment on column mart.listing.delisted_on is 'Day it was taken off; null while it is on.';
comment on column mart.listing.live_until_on is 'Day it was taken off or its stall closed, whichever came first.';
comment on column mart.listing.brand_mark_on is 'Since when it bears a brand mark.';
comment on column mart.listing.traceability_on is 'Since when it is traceable.';
comment on column mart.listing.product_brand_mark_on is 'Since when its product bears a brand mark, on any listing.';
comment on column mart.listing.product_traceability_on is 'Since when its product is traceable, on any listing.';
comment on column mart.listing.farmer_discount_pct is 'Discount for farming households, percent.';

create view mart.product as
select product_id, min(producer_id) as producer_id, min(unit_code) as unit_code,
       bool_or(is_of_producer) as is_of_producer, min(product_group) as product_group,
       min(category collate "C") as category, min(category_key collate "C") as category_key,
       min(ocop_code) as ocop_code, count(*) as listings,
       count(distinct platform) as platforms, min(listed_on) as first_listed_on,
       case when bool_and(live_until_on is not null) then max(live_until_on) end as live_until_on,
       min(product_brand_mark_on) as brand_mark_on, min(product_traceability_on) as traceability_on
from mart.listing
group by product_id;
comment on view mart.product is 'Products: listings of one producer with equal OCOP codes or names. Grain: one row per product.';
comment on column mart.product.product_id is 'Number of the product: that of its first listing.';
comment on column mart.product.producer_id is 'Its producer (mart.producer); null outside Quảng Ninh.';
comment on column mart.product.unit_code is 'Its producer''s unit.';
comment on column mart.product.is_of_producer is 'Whether it is a producer''s of Quảng Ninh and no company''s, so that it counts in III.';
comment on column mart.product.product_group is 'agri, input or other; of several the first by the alphabet';
comment on column mart.product.category is 'Loại sản phẩm; of several the first by the alphabet; null where it may be somebody''s name.';
comment on column mart.product.category_key is 'The same, normalised: joins product_key of mart.season, mart.key_product and mart.price.';
comment on column mart.product.ocop_code is 'Its code in the OCOP catalogue (mart.ocop).';
comment on column mart.product.listings is 'Its listings, on all platforms.';
comment on column mart.product.platforms is 'Platforms it is listed on, 1 or 2.';
comment on column mart.product.first_listed_on is 'First day of its first listing.';
comment on column mart.product.live_until_on is 'Day its last listing went; null while one is live.';
comment on column mart.product.brand_mark_on is 'Since when it bears a brand mark.';
comment on column mart.product.traceability_on is 'Since when it is traceable.';

create view mart.order_line as
with listing_row as (
    select entity_key, min(record_id) as listing_id from core.listing_version group by entity_key
),
stall_row as (
    select entity_key, min(record_id) as stall_id from core.stall_version group by entity_key
)
select line.platform, line.order_no, line.line_no, line.status,
       line.ordered_at, line.completed_at, line.ordered_on, line.completed_on,
       stall_row.stall_id, listing_row.listing_id, line.producer_id, line.unit_code,
       line.province_code,
       line.province_code = '22' and line.producer_id is not null
       and (line.producer_kind is distinct from 'company') as is_of_producer,
       line.product_group, public_category.category, public_category.category_key,
       line.quantity, line.weight_kg, line.amount_vnd,
       round(line.amount_vnd / nullif(line.weight_kg, 0)) as price_vnd_kg,
       line.receiving_province_code, line.receiving_country_code
from core.order_line as line
join listing_row on listing_row.entity_key = line.platform || '|' || line.product_id
join stall_row on stall_row.entity_key = line.platform || '|' || line.seller_id
left join core.public_category using (category_key);
comment on view mart.order_line is 'Order lines of both marketplaces. Without the buyer. Grain: one row per line: platform, order_no, line_no.';
comment on column mart.order_line.platform is 'postmart or voso';
comment on column mart.order_line.order_no is 'The marketplace''s number of the order.';
comment on column mart.order_line.line_no is 'Number of the line in the order.';
comment on column mart.order_line.status is 'pending, shipping, completed, cancelled or returned; only completed lines count';
comment on column mart.order_line.ordered_at is 'Moment of the order.';
comment on column mart.order_line.completed_at is 'Moment of completion.';
comment on column mart.order_line.ordered_on is 'Day of the order in Việt Nam.';
comment on column mart.order_line.completed_on is 'Day of completion in Việt Nam.';
comment on column mart.order_line.stall_id is 'Stall that sells (mart.stall).';
comment on column mart.order_line.listing_id is 'Listing that is sold (mart.listing, which knows the product).';
comment on column mart.order_line.producer_id is 'Producer that sells (mart.producer); null outside Quảng Ninh.';
comment on column mart.order_line.unit_code is 'The producer''s unit.';
comment on column mart.order_line.province_code is 'Province of the stall.';
comment on column mart.order_line.is_of_producer is 'Whether a producer of Quảng Ninh sells, and no company; III.2 counts completed agri lines of these.';
comment on column mart.order_line.product_group is 'agri, input or other';
comment on column mart.order_line.category is 'Loại sản phẩm; null unless an office''s list has it or three sellers use it.';
comment on column mart.order_line.category_key is 'The same, normalised: joins product_key of mart.season, mart.key_product and mart.price.';
comment on column mart.order_line.quantity is 'Sales units.';
comment on column mart.order_line.weight_kg is 'Weight of the line as given, else quantity times net weight.';
comment on column mart.order_line.amount_vnd is 'Amount of the line in đồng.';
comment on column mart.order_line.price_vnd_kg is 'Amount in đồng a kg; null where it is unknown.';
comment on column mart.order_line.receiving_province_code is 'Receiving province (mart.province); null abroad or unknown.';
comment on column mart.order_line.receiving_country_code is 'Receiving country (mart.country).';

create view mart.season as
select unit_code, name as product, name_key as product_key, month_on, planned_tonnes, certificate,
       price_low_vnd_kg, price_high_vnd_kg
from core.season;
comment on view mart.season is 'The harvest calendar of Sở NN&PTNT. Without its contacts. Grain: one row per product, unit and month.';
comment on column mart.season.unit_code is 'Unit.';
comment on column mart.season.product is 'Product as the office names it.';
comment on column mart.season.product_key is 'The same, normalised; joins category_key of listings and order lines.';
comment on column mart.season.month_on is 'First day of the month.';
comment on column mart.season.planned_tonnes is 'Planned output of the month; null where the calendar is silent.';
comment on column mart.season.certificate is 'Quality or certificate.';
comment on column mart.season.price_low_vnd_kg is 'Lower end of the price range, đồng a kg.';
comment on column mart.season.price_high_vnd_kg is 'Upper end of the price range, đồng a kg.';

create view mart.key_product as
select unit_code, name as product, name_key as product_key, year, planned_tonnes, certificate
from core.key_product;
comment on view mart.key_product is 'The units'' key products. Grain: one row per unit, product and year.';
comment on column mart.key_product.unit_code is 'Unit.';
comment on column mart.key_product.product is 'Product as the unit names it.';
comment on column mart.key_product.product_key is 'The same, normalised; joins category_key of listings and order lines.';
comment on column mart.key_product.year is 'Year of the list.';
comment on column mart.key_product.planned_tonnes is 'Planned output by the unit''s own list.';
comment on column mart.key_product.certificate is 'Certificate; null means none.';

create view mart.ocop as
select ocop_code, unit_code, stars, recognised_on, valid_until as valid_until_on
from core.ocop;
comment on view mart.ocop is 'The OCOP catalogue. Without names of products, which often hold their owner''s, and without owners. Grain: one row per code.';
comment on column mart.ocop.ocop_code is 'Code of the product.';
comment on column mart.ocop.unit_code is 'Unit of the product.';
comment on column mart.ocop.stars is 'Stars, 1 to 5.';
comment on column mart.ocop.recognised_on is 'Date of the certificate.';
comment on column mart.ocop.valid_until_on is 'Day of its expiry; without one 36 months after recognition.';

create view mart.price as
select name as product, name_key as product_key, priced_on, place, price_vnd_kg
from core.price;
comment on view mart.price is 'Market prices of Sở Công Thương. Grain: one row per product, date and place.';
comment on column mart.price.product is 'Product as the office names it.';
comment on column mart.price.product_key is 'The same, normalised; joins category_key of listings and order lines.';
comment on column mart.price.priced_on is 'Date of the price.';
comment on column mart.price.place is 'Market.';
comment on column mart.price.price_vnd_kg is 'Đồng a kg.';

create view mart.information as
with first_row as (
    select entity_key, min(record_id) as information_id from core.information_version group by entity_key
)
select first_row.information_id, information.item_group, information.channel,
       information.published_at, information.published_on
from core.information
join first_row using (entity_key);
comment on view mart.information is 'Information items published for producers. Without their titles. Grain: one row per item.';
comment on column mart.information.information_id is 'Number of the item in this warehouse; it stays.';
comment on column mart.information.item_group is 'policy, production or season';
comment on column mart.information.channel is 'Platform or app.';
comment on column mart.information.published_at is 'Moment of publication.';
comment on column mart.information.published_on is 'Day of publication in Việt Nam.';

create view mart.training as
select unit_code, topic, held_on, count(distinct person_key) as people
from core.training
group by unit_code, topic, held_on;
comment on view mart.training is 'Trainings by the lists of those who took part. Grain: one row per unit, topic and date.';
comment on column mart.training.unit_code is 'Unit of the list.';
comment on column mart.training.topic is 'digital_skills or packing';
comment on column mart.training.held_on is 'Date of the training.';
comment on column mart.training.people is 'Distinct people in the lists.';

create view mart.base as
select unit_code, year, name as total, value from core.base;
comment on view mart.base is 'Base totals declared by the units. Grain: one row per unit, total and year.';
comment on column mart.base.unit_code is 'Unit.';
comment on column mart.base.year is 'Year.';
comment on column mart.base.total is 'Name of the total as given, as Tổng số hộ SXNN.';
comment on column mart.base.value is 'Value.';

-- Analysts may not read some columns of ops (include/sql/warehouse/roles.sql). These views ask with the rights
-- of whoever reads them: a column added here by mistake is refused, not shown.
create view ops.held_back with (security_invoker = true) as
select quarantine.file_id, quarantine.sheet, quarantine.row_number, quarantine.field, quarantine.rule,
       rule.label as message, quarantine.entity, quarantine.opened_at, quarantine.closed_at
from ops.quarantine
left join ops.rule on rule.rule = quarantine.rule;
comment on view ops.held_back is 'Quarantine without what stands in the cells. Grain: one row per row of a file and bad field.';
comment on column ops.held_back.file_id is 'The file (ops.source_file).';
comment on column ops.held_back.sheet is 'Sheet; null for CSV and JSON Lines.';
comment on column ops.held_back.row_number is 'Row as a person counts in the opened file.';
comment on column ops.held_back.field is 'Header of the column as in the file.';
comment on column ops.held_back.rule is 'Code of the rule it breaks.';
comment on column ops.held_back.message is 'What is wrong, in Vietnamese, without the value.';
comment on column ops.held_back.entity is 'Entity of the row.';
comment on column ops.held_back.opened_at is 'Moment of the load that held it back.';
comment on column ops.held_back.closed_at is 'Moment at which it was settled; null while it is open.';

create view ops.arrival with (security_invoker = true) as
select source_file.file_id, source_file.source, source_file.entity, source_file.unit_code,
       source_file.export_date as exported_on, source_file.received_at, source_file.period_start,
       source_file.period_end, source_file.status, rule.label as reason, source_file.rows_read,
       source_file.rows_accepted, source_file.rows_quarantined, source_file.rows_superseded,
       source_file.rows_ignored
from ops.source_file
left join ops.rule on rule.rule = source_file.rule;
comment on view ops.arrival is 'Files that arrived, without the names their senders gave them. Grain: one row per file.';
comment on column ops.arrival.file_id is 'Number of the file (ops.source_file).';
comment on column ops.arrival.source is 'The contract it came by.';
comment on column ops.arrival.entity is 'What it holds.';
comment on column ops.arrival.unit_code is 'The unit that sent it, for district workbooks.';
comment on column ops.arrival.exported_on is 'Date in its name, else its modification date.';
comment on column ops.arrival.received_at is 'Moment of the sweep that first saw it.';
comment on column ops.arrival.period_start is 'First day of the form''s period.';
comment on column ops.arrival.period_end is 'Day after the last day of the form''s period.';
comment on column ops.arrival.status is 'received, loaded, rejected or duplicate';
comment on column ops.arrival.reason is 'Why it was rejected, in Vietnamese, without what stands in it.';
comment on column ops.arrival.rows_read is 'Rows in the file.';
comment on column ops.arrival.rows_accepted is 'Rows that are in the warehouse.';
comment on column ops.arrival.rows_quarantined is 'Rows held back with a reason.';
comment on column ops.arrival.rows_superseded is 'Rows replaced by a newer row of the same key.';
comment on column ops.arrival.rows_ignored is 'Blank, header, total and note rows.';
