drop view if exists mart.order_line cascade;
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
       line.is_counted as is_of_producer,
       line.product_group, public_category.category, public_category.category_key,
       line.quantity, line.weight_kg, line.amount_vnd,
       round(line.amount_vnd / nullif(line.weight_kg, 0)) as price_vnd_kg,
       line.receiving_province_code, line.receiving_country_code
from core.order_line as line
join listing_row on listing_row.entity_key = line.platform || '|' || line.product_id
join stall_row on stall_row.entity_key = line.platform || '|' || line.seller_id
left join core.public_category using (category_key);
comment on view mart.order_line is 'Order lines of the marketplaces. Without the buyer. A row is of a single producer: not for the public. Grain: one row per line: platform, order_no, line_no.';
comment on column mart.order_line.platform is 'Code of the marketplace: the source of its contract.';
comment on column mart.order_line.order_no is 'The marketplace''s number of the order.';
comment on column mart.order_line.line_no is 'Number of the line in the order.';
comment on column mart.order_line.status is 'pending, shipping, completed, cancelled or returned; only completed lines count';
comment on column mart.order_line.ordered_at is 'Moment of the order.';
comment on column mart.order_line.completed_at is 'Moment of completion.';
comment on column mart.order_line.ordered_on is 'Day of the order in Việt Nam.';
comment on column mart.order_line.completed_on is 'Day of completion in Việt Nam.';
comment on column mart.order_line.stall_id is 'Stall that sells (mart.stall).';
comment on column mart.order_line.listing_id is 'Listing that is sold (mart.listing, which knows the product).';
comment on column mart.order_line.producer_id is 'Producer that sells (mart.producer); null outside the province.';
comment on column mart.order_line.unit_code is 'The producer''s unit.';
comment on column mart.order_line.province_code is 'Province of the stall.';
comment on column mart.order_line.is_of_producer is 'Whether a producer of the province sells, and no company; III.2 counts completed agri lines of these.';
comment on column mart.order_line.product_group is 'agri, input or other';
comment on column mart.order_line.category is 'Loại sản phẩm; null unless an office''s list has it or three sellers use it.';
comment on column mart.order_line.category_key is 'The same, normalised: joins product_key of mart.season, mart.key_product and mart.price.';
comment on column mart.order_line.quantity is 'Sales units.';
comment on column mart.order_line.weight_kg is 'Weight of the line as given, else quantity times net weight.';
comment on column mart.order_line.amount_vnd is 'Amount of the line in đồng.';
comment on column mart.order_line.price_vnd_kg is 'Amount in đồng a kg; null where it is unknown.';
comment on column mart.order_line.receiving_province_code is 'Receiving province (mart.province); null abroad or unknown.';
comment on column mart.order_line.receiving_country_code is 'Receiving country (mart.country).';
