-- Every entity keeps its history: a version is valid for those who know what had arrived by a
-- moment in [known_from, known_until). The views in views/ show one moment, normally now.

create table core.stall_version (
    entity_key text not null,
    platform text not null,
    seller_id text not null,
    stall_name text,
    owner_name text not null,
    kind text not null,
    paper_number text,
    phone text,
    commune text,
    unit_code text,
    province_code text not null,
    opened_on date not null,
    closed_on date,
    payment_account_on date,
    brand_mark_on date,
    traceability_on date,
    record_id bigint not null,
    known_from timestamptz not null,
    known_until timestamptz not null default 'infinity'
);
create index on core.stall_version (entity_key) where known_until = 'infinity';
comment on table core.stall_version is 'Stalls of both marketplaces with their history. Grain: one row per stall and content.';
comment on column core.stall_version.entity_key is 'platform|seller_id';
comment on column core.stall_version.platform is 'postmart or voso';
comment on column core.stall_version.seller_id is 'The marketplace''s number of the stall.';
comment on column core.stall_version.stall_name is 'Name of the stall.';
comment on column core.stall_version.owner_name is 'Its owner.';
comment on column core.stall_version.kind is 'household, business_household, cooperative, coop_group or company';
comment on column core.stall_version.paper_number is 'CCCD (12 digits), CMND (9) or MST (10 or 13).';
comment on column core.stall_version.phone is 'National form, 10 digits.';
comment on column core.stall_version.commune is 'As given.';
comment on column core.stall_version.unit_code is 'District-level unit; only for stalls of Quảng Ninh.';
comment on column core.stall_version.province_code is 'GSO code of the province, before 2025-07-01.';
comment on column core.stall_version.opened_on is 'Opening date.';
comment on column core.stall_version.closed_on is 'Closing date.';
comment on column core.stall_version.payment_account_on is 'Since when it has a payment account.';
comment on column core.stall_version.brand_mark_on is 'Since when it bears a brand mark.';
comment on column core.stall_version.traceability_on is 'Since when it is traceable.';
comment on column core.stall_version.record_id is 'The row it came from.';
comment on column core.stall_version.known_from is 'Arrival of the file that said so.';
comment on column core.stall_version.known_until is 'Arrival of the file that said otherwise.';

create table core.listing_version (
    entity_key text not null,
    platform text not null,
    product_id text not null,
    name text not null,
    seller_id text not null,
    product_group text not null,
    category text,
    ocop_code text,
    price_vnd numeric,
    sales_unit text,
    net_weight_kg numeric,
    listed_on date not null,
    delisted_on date,
    brand_mark_on date,
    traceability_on date,
    farmer_discount_pct numeric,
    name_key text not null,
    category_key text,
    record_id bigint not null,
    known_from timestamptz not null,
    known_until timestamptz not null default 'infinity'
);
create index on core.listing_version (entity_key) where known_until = 'infinity';
comment on table core.listing_version is 'Listings (SKU) of both marketplaces with their history. Grain: one row per listing and content.';
comment on column core.listing_version.entity_key is 'platform|product_id';
comment on column core.listing_version.platform is 'postmart or voso';
comment on column core.listing_version.product_id is 'The marketplace''s number of the listing.';
comment on column core.listing_version.name is 'Name as listed.';
comment on column core.listing_version.seller_id is 'Stall that lists it.';
comment on column core.listing_version.product_group is 'agri, input or other';
comment on column core.listing_version.category is 'Loại sản phẩm, as given.';
comment on column core.listing_version.ocop_code is 'Its code in the OCOP catalogue.';
comment on column core.listing_version.price_vnd is 'Price in đồng a sales unit.';
comment on column core.listing_version.sales_unit is 'Sales unit, as given.';
comment on column core.listing_version.net_weight_kg is 'Net weight of a sales unit.';
comment on column core.listing_version.listed_on is 'First day of the listing.';
comment on column core.listing_version.delisted_on is 'Day it was taken off.';
comment on column core.listing_version.brand_mark_on is 'Since when it bears a brand mark.';
comment on column core.listing_version.traceability_on is 'Since when it is traceable.';
comment on column core.listing_version.farmer_discount_pct is 'Discount for farming households, percent.';
comment on column core.listing_version.name_key is 'Normalised name (indicators.md).';
comment on column core.listing_version.category_key is 'Normalised category.';
comment on column core.listing_version.record_id is 'The row it came from.';
comment on column core.listing_version.known_from is 'Arrival of the file that said so.';
comment on column core.listing_version.known_until is 'Arrival of the file that said otherwise.';

create table core.order_line_version (
    entity_key text not null,
    platform text not null,
    order_no text not null,
    line_no integer not null,
    ordered_at timestamptz,
    completed_at timestamptz,
    seller_id text not null,
    product_id text not null,
    quantity numeric not null,
    weight_kg numeric,
    amount_vnd numeric,
    receiving_province_code text,
    receiving_country_code text not null,
    buyer_phone text,
    status text not null,
    record_id bigint not null,
    known_from timestamptz not null,
    known_until timestamptz not null default 'infinity'
);
create index on core.order_line_version (entity_key) where known_until = 'infinity';
create index on core.order_line_version (completed_at) where status = 'completed';
comment on table core.order_line_version is 'Order lines of both marketplaces with their history. Grain: one row per line and content.';
comment on column core.order_line_version.entity_key is 'platform|order_no|line_no';
comment on column core.order_line_version.platform is 'postmart or voso';
comment on column core.order_line_version.order_no is 'The marketplace''s number of the order.';
comment on column core.order_line_version.line_no is 'Number of the line in the order.';
comment on column core.order_line_version.ordered_at is 'Moment of the order.';
comment on column core.order_line_version.completed_at is 'Moment of completion.';
comment on column core.order_line_version.seller_id is 'Stall that sells.';
comment on column core.order_line_version.product_id is 'Listing that is sold.';
comment on column core.order_line_version.quantity is 'Sales units.';
comment on column core.order_line_version.weight_kg is 'Weight of the line as given; without it the view takes quantity times net weight.';
comment on column core.order_line_version.amount_vnd is 'Amount of the line in đồng.';
comment on column core.order_line_version.receiving_province_code is 'Receiving province; null abroad or unknown.';
comment on column core.order_line_version.receiving_country_code is 'Receiving country, ISO alpha-2.';
comment on column core.order_line_version.buyer_phone is 'Phone of the buyer.';
comment on column core.order_line_version.status is 'pending, shipping, completed, cancelled or returned';
comment on column core.order_line_version.record_id is 'The row it came from.';
comment on column core.order_line_version.known_from is 'Arrival of the file that said so.';
comment on column core.order_line_version.known_until is 'Arrival of the file that said otherwise.';

create table core.order_line_waiting (
    like core.order_line_version including defaults including comments
);
alter table core.order_line_waiting add column file_id integer not null references ops.source_file;
create index on core.order_line_waiting (platform, seller_id);
comment on table core.order_line_waiting is 'Order lines whose stall, listing or weight is not known yet. Grain: one row per quarantined row.';
comment on column core.order_line_waiting.file_id is 'The file it came in.';

create table core.registry_version (
    entity_key text not null,
    unit_code text not null,
    name text not null,
    kind text,
    paper_number text,
    phone text,
    commune text,
    main_product text,
    certificate text,
    record_id bigint not null,
    known_from timestamptz not null,
    known_until timestamptz not null default 'infinity'
);
create index on core.registry_version (entity_key) where known_until = 'infinity';
comment on table core.registry_version is 'The units'' lists of producers with their history. Grain: one row per producer of a unit''s list and content.';
comment on column core.registry_version.entity_key is 'unit|paper number, else unit|phone, else unit|commune|name';
comment on column core.registry_version.unit_code is 'Unit that lists it.';
comment on column core.registry_version.name is 'Person or establishment.';
comment on column core.registry_version.kind is 'household, business_household, cooperative, coop_group or company';
comment on column core.registry_version.paper_number is 'CCCD (12 digits), CMND (9) or MST (10 or 13).';
comment on column core.registry_version.phone is 'National form, 10 digits.';
comment on column core.registry_version.commune is 'As given.';
comment on column core.registry_version.main_product is 'Main product, as given.';
comment on column core.registry_version.certificate is 'Certificate, as given.';
comment on column core.registry_version.record_id is 'The row it came from.';
comment on column core.registry_version.known_from is 'Arrival of the file that said so.';
comment on column core.registry_version.known_until is 'Arrival of the file that said otherwise.';

create table core.wallet_version (
    entity_key text not null,
    name text not null,
    paper_number text,
    phone text,
    unit_code text not null,
    wallet text not null,
    opened_on date not null,
    record_id bigint not null,
    known_from timestamptz not null,
    known_until timestamptz not null default 'infinity'
);
create index on core.wallet_version (entity_key) where known_until = 'infinity';
comment on table core.wallet_version is 'E-wallet accounts with their history. Grain: one row per account and content.';
comment on column core.wallet_version.entity_key is 'wallet|paper number, else wallet|phone';
comment on column core.wallet_version.name is 'Holder.';
comment on column core.wallet_version.paper_number is 'CCCD (12 digits), CMND (9) or MST (10 or 13).';
comment on column core.wallet_version.phone is 'National form, 10 digits.';
comment on column core.wallet_version.unit_code is 'Unit of the holder.';
comment on column core.wallet_version.wallet is 'Which wallet.';
comment on column core.wallet_version.opened_on is 'Opening date.';
comment on column core.wallet_version.record_id is 'The row it came from.';
comment on column core.wallet_version.known_from is 'Arrival of the file that said so.';
comment on column core.wallet_version.known_until is 'Arrival of the file that said otherwise.';

create table core.ocop_version (
    entity_key text not null,
    ocop_code text not null,
    unit_code text not null,
    name text not null,
    owner_name text,
    owner_paper_number text,
    stars integer not null,
    recognised_on date not null,
    expires_on date,
    record_id bigint not null,
    known_from timestamptz not null,
    known_until timestamptz not null default 'infinity'
);
create index on core.ocop_version (entity_key) where known_until = 'infinity';
comment on table core.ocop_version is 'The OCOP catalogue with its history. Grain: one row per code and content.';
comment on column core.ocop_version.entity_key is 'ocop_code';
comment on column core.ocop_version.ocop_code is 'Code of the product.';
comment on column core.ocop_version.unit_code is 'Unit of the product.';
comment on column core.ocop_version.name is 'Name of the product.';
comment on column core.ocop_version.owner_name is 'Chủ thể.';
comment on column core.ocop_version.owner_paper_number is 'Its paper number.';
comment on column core.ocop_version.stars is 'Stars, 1 to 5.';
comment on column core.ocop_version.recognised_on is 'Date of the certificate.';
comment on column core.ocop_version.expires_on is 'Date of its expiry; without one 36 months after recognition.';
comment on column core.ocop_version.record_id is 'The row it came from.';
comment on column core.ocop_version.known_from is 'Arrival of the file that said so.';
comment on column core.ocop_version.known_until is 'Arrival of the file that said otherwise.';

create table core.key_product_version (
    entity_key text not null,
    unit_code text not null,
    name text not null,
    name_key text not null,
    year integer not null,
    planned_tonnes numeric,
    certificate text,
    record_id bigint not null,
    known_from timestamptz not null,
    known_until timestamptz not null default 'infinity'
);
create index on core.key_product_version (entity_key) where known_until = 'infinity';
comment on table core.key_product_version is 'The units'' key products with their history. Grain: one row per unit, product, year and content.';
comment on column core.key_product_version.entity_key is 'unit|normalised name|year';
comment on column core.key_product_version.unit_code is 'Unit.';
comment on column core.key_product_version.name is 'Name as given.';
comment on column core.key_product_version.name_key is 'Normalised name.';
comment on column core.key_product_version.year is 'Year of the list.';
comment on column core.key_product_version.planned_tonnes is 'Planned output by the unit''s own list.';
comment on column core.key_product_version.certificate is 'Certificate; null means none.';
comment on column core.key_product_version.record_id is 'The row it came from.';
comment on column core.key_product_version.known_from is 'Arrival of the file that said so.';
comment on column core.key_product_version.known_until is 'Arrival of the file that said otherwise.';

create table core.base_version (
    entity_key text not null,
    unit_code text not null,
    name text not null,
    name_key text not null,
    year integer not null,
    value numeric not null,
    record_id bigint not null,
    known_from timestamptz not null,
    known_until timestamptz not null default 'infinity'
);
create index on core.base_version (entity_key) where known_until = 'infinity';
comment on table core.base_version is 'Base totals declared by the units (Số liệu nền) with their history. Grain: one row per unit, total, year and content.';
comment on column core.base_version.entity_key is 'unit|normalised name|year';
comment on column core.base_version.unit_code is 'Unit.';
comment on column core.base_version.name is 'Name of the total as given.';
comment on column core.base_version.name_key is 'Folded name.';
comment on column core.base_version.year is 'Year.';
comment on column core.base_version.value is 'Value.';
comment on column core.base_version.record_id is 'The row it came from.';
comment on column core.base_version.known_from is 'Arrival of the file that said so.';
comment on column core.base_version.known_until is 'Arrival of the file that said otherwise.';

create table core.training_version (
    entity_key text not null,
    unit_code text not null,
    name text not null,
    paper_number text,
    phone text,
    commune text,
    person_key text not null,
    topic text not null,
    held_on date not null,
    organiser text,
    record_id bigint not null,
    known_from timestamptz not null,
    known_until timestamptz not null default 'infinity'
);
create index on core.training_version (entity_key) where known_until = 'infinity';
comment on table core.training_version is 'Who was trained in what, with its history. Grain: one row per person, topic, date and content.';
comment on column core.training_version.entity_key is 'person|topic|date';
comment on column core.training_version.unit_code is 'Unit of the list.';
comment on column core.training_version.name is 'Person.';
comment on column core.training_version.paper_number is 'CCCD (12 digits), CMND (9) or MST (10 or 13).';
comment on column core.training_version.phone is 'National form, 10 digits.';
comment on column core.training_version.commune is 'As given.';
comment on column core.training_version.person_key is 'Paper number, else phone, else unit, commune and name.';
comment on column core.training_version.topic is 'digital_skills or packing';
comment on column core.training_version.held_on is 'Date of the training.';
comment on column core.training_version.organiser is 'Who held it.';
comment on column core.training_version.record_id is 'The row it came from.';
comment on column core.training_version.known_from is 'Arrival of the file that said so.';
comment on column core.training_version.known_until is 'Arrival of the file that said otherwise.';

create table core.season_version (
    entity_key text not null,
    unit_code text not null,
    name text not null,
    name_key text not null,
    month_on date not null,
    planned_tonnes numeric,
    certificate text,
    price_low_vnd_kg numeric,
    price_high_vnd_kg numeric,
    contact text,
    contact_phone text,
    record_id bigint not null,
    known_from timestamptz not null,
    known_until timestamptz not null default 'infinity'
);
create index on core.season_version (entity_key) where known_until = 'infinity';
comment on table core.season_version is 'The harvest calendar with its history. Grain: one row per product, unit, month and content.';
comment on column core.season_version.entity_key is 'unit|normalised name|month';
comment on column core.season_version.unit_code is 'Unit.';
comment on column core.season_version.name is 'Product as given.';
comment on column core.season_version.name_key is 'Normalised name.';
comment on column core.season_version.month_on is 'First day of the month.';
comment on column core.season_version.planned_tonnes is 'Planned output of the month.';
comment on column core.season_version.certificate is 'Quality or certificate.';
comment on column core.season_version.price_low_vnd_kg is 'Lower end of the price range, đồng a kg.';
comment on column core.season_version.price_high_vnd_kg is 'Upper end of the price range, đồng a kg.';
comment on column core.season_version.contact is 'Office or person to contact.';
comment on column core.season_version.contact_phone is 'Its phone.';
comment on column core.season_version.record_id is 'The row it came from.';
comment on column core.season_version.known_from is 'Arrival of the file that said so.';
comment on column core.season_version.known_until is 'Arrival of the file that said otherwise.';

create table core.price_version (
    entity_key text not null,
    name text not null,
    name_key text not null,
    priced_on date not null,
    place text not null,
    price_vnd_kg numeric not null,
    record_id bigint not null,
    known_from timestamptz not null,
    known_until timestamptz not null default 'infinity'
);
create index on core.price_version (entity_key) where known_until = 'infinity';
comment on table core.price_version is 'Market prices with their history. Grain: one row per product, date, place and content.';
comment on column core.price_version.entity_key is 'normalised name|date|place';
comment on column core.price_version.name is 'Product as given.';
comment on column core.price_version.name_key is 'Normalised name.';
comment on column core.price_version.priced_on is 'Date of the price.';
comment on column core.price_version.place is 'Market.';
comment on column core.price_version.price_vnd_kg is 'Đồng a kg.';
comment on column core.price_version.record_id is 'The row it came from.';
comment on column core.price_version.known_from is 'Arrival of the file that said so.';
comment on column core.price_version.known_until is 'Arrival of the file that said otherwise.';

create table core.information_version (
    entity_key text not null,
    item_id text not null,
    title text,
    item_group text not null,
    channel text not null,
    published_at timestamptz not null,
    record_id bigint not null,
    known_from timestamptz not null,
    known_until timestamptz not null default 'infinity'
);
create index on core.information_version (entity_key) where known_until = 'infinity';
comment on table core.information_version is 'Information items published for producers, with their history. Grain: one row per item and content.';
comment on column core.information_version.entity_key is 'channel|id';
comment on column core.information_version.item_id is 'The publisher''s number of the item.';
comment on column core.information_version.title is 'Title.';
comment on column core.information_version.item_group is 'policy, production or season';
comment on column core.information_version.channel is 'Platform or app.';
comment on column core.information_version.published_at is 'Moment of publication.';
comment on column core.information_version.record_id is 'The row it came from.';
comment on column core.information_version.known_from is 'Arrival of the file that said so.';
comment on column core.information_version.known_until is 'Arrival of the file that said otherwise.';

create table core.submission_version (
    submission_id bigint primary key references raw.source_table,
    file_id integer not null references ops.source_file,
    sender text not null,
    unit_code text,
    report_kind text not null,
    period_start date not null,
    period_end date not null,
    received_at timestamptz not null,
    known_from timestamptz not null,
    known_until timestamptz not null default 'infinity'
);
comment on table core.submission_version is 'Accepted forms with their history. Grain: one row per form that was accepted.';
comment on column core.submission_version.submission_id is 'The table it was read from.';
comment on column core.submission_version.file_id is 'The file it came in.';
comment on column core.submission_version.sender is 'Unit code or enterprise.';
comment on column core.submission_version.unit_code is 'Unit; null for the postal enterprises, which are never official.';
comment on column core.submission_version.report_kind is 'week or month';
comment on column core.submission_version.period_start is 'First day.';
comment on column core.submission_version.period_end is 'Day after the last.';
comment on column core.submission_version.received_at is 'Arrival of the file.';
comment on column core.submission_version.known_from is 'Arrival of the file.';
comment on column core.submission_version.known_until is 'Arrival of the form that replaced it.';

create table core.submission_value (
    submission_id bigint not null references core.submission_version,
    indicator_code text not null,
    in_period numeric,
    in_period_2 numeric,
    cumulative numeric,
    cumulative_2 numeric,
    note text,
    places text[],
    record_id bigint not null,
    primary key (submission_id, indicator_code)
);
comment on table core.submission_value is 'What a form declares. Grain: one row per form and indicator.';
comment on column core.submission_value.submission_id is 'The form.';
comment on column core.submission_value.indicator_code is 'Indicator, as I or II.3.';
comment on column core.submission_value.in_period is 'Declared for the period.';
comment on column core.submission_value.in_period_2 is 'Second part of a two-part value.';
comment on column core.submission_value.cumulative is 'Declared up to now.';
comment on column core.submission_value.cumulative_2 is 'Second part of a two-part value.';
comment on column core.submission_value.note is 'The notes column.';
comment on column core.submission_value.places is 'Codes of the provinces (III.6) or countries (III.7) the note lists.';
comment on column core.submission_value.record_id is 'The row it came from.';

create table core.producer_member_version (
    member_kind text not null,
    member_key text not null,
    producer_id bigint not null,
    rule text not null,
    score numeric not null,
    linked_to text,
    known_from timestamptz not null,
    known_until timestamptz not null default 'infinity'
);
create index on core.producer_member_version (member_kind, member_key) where known_until = 'infinity';
comment on table core.producer_member_version is 'Which stalls, registry rows and wallet accounts are one producer, with its history. Grain: one row per member and resolution.';
comment on column core.producer_member_version.member_kind is 'stall, registry or wallet';
comment on column core.producer_member_version.member_key is 'entity_key of the member.';
comment on column core.producer_member_version.producer_id is 'The producer: the record_id of the first row of its first member.';
comment on column core.producer_member_version.rule is 'paper_number, phone, commune_name, decision or new';
comment on column core.producer_member_version.score is 'Similarity of the names, 0 to 1.';
comment on column core.producer_member_version.linked_to is 'Member it was linked to.';
comment on column core.producer_member_version.known_from is 'Sweep that resolved it so.';
comment on column core.producer_member_version.known_until is 'Sweep that resolved it otherwise.';

create table core.producer_version (
    producer_id bigint not null,
    kind text,
    unit_code text,
    unit_from text not null,
    known_from timestamptz not null,
    known_until timestamptz not null default 'infinity'
);
create index on core.producer_version (producer_id) where known_until = 'infinity';
comment on table core.producer_version is 'Producers of Quảng Ninh with their history. Grain: one row per producer and content.';
comment on column core.producer_version.producer_id is 'The record_id of the first row of its first member; stable while members come and go.';
comment on column core.producer_version.kind is 'The registry''s kind, else that of its first-opened stall.';
comment on column core.producer_version.unit_code is 'The registry''s unit, else that of its first-opened stall, else the wallet account''s.';
comment on column core.producer_version.unit_from is 'registry, stall or wallet';
comment on column core.producer_version.known_from is 'Sweep that resolved it so.';
comment on column core.producer_version.known_until is 'Sweep that resolved it otherwise.';

create table core.doubtful_pair (
    pair_id bigint generated always as identity primary key,
    left_kind text not null,
    left_key text not null,
    right_kind text not null,
    right_key text not null,
    rule text not null,
    score numeric not null,
    left_record_id bigint,
    right_record_id bigint,
    found_at timestamptz not null,
    gone_at timestamptz,
    decision text check (decision in ('same', 'different')),
    decided_by text,
    decided_at timestamptz,
    unique (left_kind, left_key, right_kind, right_key)
);
comment on table core.doubtful_pair is 'Pairs that may be one producer, for a person to decide. Grain: one row per pair.';
comment on column core.doubtful_pair.pair_id is 'Number of the pair.';
comment on column core.doubtful_pair.left_kind is 'stall, registry or wallet';
comment on column core.doubtful_pair.left_key is 'entity_key of the one.';
comment on column core.doubtful_pair.right_kind is 'stall, registry or wallet';
comment on column core.doubtful_pair.right_key is 'entity_key of the other.';
comment on column core.doubtful_pair.rule is 'phone (names disagree) or commune_name (0.80 to 0.92, or namesakes)';
comment on column core.doubtful_pair.score is 'Similarity of the names, 0 to 1.';
comment on column core.doubtful_pair.left_record_id is 'Row of the one.';
comment on column core.doubtful_pair.right_record_id is 'Row of the other.';
comment on column core.doubtful_pair.found_at is 'Sweep that first found it.';
comment on column core.doubtful_pair.gone_at is 'Sweep after which it was no longer doubtful.';
comment on column core.doubtful_pair.decision is 'same or different; obeyed by every later run.';
comment on column core.doubtful_pair.decided_by is 'Who decided.';
comment on column core.doubtful_pair.decided_at is 'When.';

create table core.unit (
    unit_code text not null,
    name text not null,
    kind text not null,
    full_name text not null,
    position integer not null,
    valid_from date not null,
    valid_to date,
    primary key (unit_code, valid_from)
);
comment on table core.unit is 'District-level units with their validity, from include/reference/units.csv. Grain: one row per unit and validity.';
comment on column core.unit.unit_code is 'GSO code; never read without a date.';
comment on column core.unit.name is 'Short name.';
comment on column core.unit.kind is 'Thành phố, Thị xã or Huyện';
comment on column core.unit.full_name is 'Name as printed.';
comment on column core.unit.position is 'Order in reports.';
comment on column core.unit.valid_from is 'First day.';
comment on column core.unit.valid_to is 'Last day.';

create table core.province (
    province_code text primary key,
    name text not null,
    region text not null,
    position integer not null
);
comment on table core.province is 'The 63 provinces before 2025-07-01, from include/reference/provinces.csv. Grain: one row per province.';
comment on column core.province.province_code is 'GSO code before 2025-07-01.';
comment on column core.province.name is 'Name.';
comment on column core.province.region is 'Bắc, Trung or Nam';
comment on column core.province.position is 'Order in lists.';

create table core.country (
    country_code text primary key,
    name text not null,
    position integer not null
);
comment on table core.country is 'Countries, from include/reference/countries.csv. Grain: one row per country.';
comment on column core.country.country_code is 'ISO alpha-2.';
comment on column core.country.name is 'Vietnamese name.';
comment on column core.country.position is 'Order in lists, by the Vietnamese alphabet.';

create table core.target (
    year integer not null,
    indicator_code text not null,
    share numeric not null,
    is_strict boolean not null,
    legal_basis text not null,
    primary key (year, indicator_code)
);
comment on table core.target is 'Targets of the plan, from include/reference/targets.csv. Grain: one row per year and indicator.';
comment on column core.target.year is 'Year.';
comment on column core.target.indicator_code is 'Indicator.';
comment on column core.target.share is 'Share of the base.';
comment on column core.target.is_strict is 'Whether the plan says "trên": met only when exceeded.';
comment on column core.target.legal_basis is 'Where it is set.';
