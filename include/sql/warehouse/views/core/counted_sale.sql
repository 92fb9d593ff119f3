drop view if exists core.counted_sale cascade;
create view core.counted_sale as
select shown.unit_code, kept.product_group, kept.category_key, kept.first_on as completed_on, kept.weight_kg,
       kept.amount_vnd, kept.priced_weight_kg, null::text as entity_key, null::bigint as record_id,
       kept.order_lines as records
from core.sale_by_category as kept
left join core.seat_shown as shown on shown.seat_code = kept.unit_code
where core.sales_shown() in ('as sums', 'apart') and kept.is_month
  and kept.first_on >= core.whole_months_from() and kept.first_on < core.whole_months_until()
union all
select shown.unit_code, kept.product_group, kept.category_key, kept.first_on, kept.weight_kg, kept.amount_vnd,
       kept.priced_weight_kg, null, null, kept.order_lines
from core.sale_by_category as kept
left join core.seat_shown as shown on shown.seat_code = kept.unit_code
where core.sales_shown() in ('as sums', 'apart') and not kept.is_month and kept.first_on < core.whole_months_from()
union all
select shown.unit_code, kept.product_group, kept.category_key, kept.first_on, kept.weight_kg, kept.amount_vnd,
       kept.priced_weight_kg, null, null, kept.order_lines
from core.sale_by_category as kept
left join core.seat_shown as shown on shown.seat_code = kept.unit_code
where core.sales_shown() in ('as sums', 'apart') and not kept.is_month
  and kept.first_on >= core.whole_months_until() and kept.first_on < core.days_until()
union all
select null, kept.product_group, null, kept.first_on, null, null, null, null, kept.file_id::bigint << 32,
       kept.order_lines
from core.sale_by_file as kept
where core.sales_shown() = 'by file' and kept.is_month
  and kept.first_on >= core.whole_months_from() and kept.first_on < core.whole_months_until()
union all
select null, kept.product_group, null, kept.first_on, null, null, null, null, kept.file_id::bigint << 32,
       kept.order_lines
from core.sale_by_file as kept
where core.sales_shown() = 'by file' and not kept.is_month
  and (kept.first_on < core.whole_months_from()
       or kept.first_on >= core.whole_months_until() and kept.first_on < core.days_until())
union all
select line.unit_code, line.product_group, line.category_key, line.completed_on, line.weight_kg,
       case when line.weight_kg > 0 then line.amount_vnd end,
       case when line.amount_vnd is not null then line.weight_kg end, line.entity_key, line.record_id, 1
from core.counted_order_line as line
where core.sales_shown() = 'by line' and line.status = 'completed'
  and line.completed_at >= core.lines_from() and line.completed_at < core.lines_until();
comment on view core.counted_sale is 'Completed sales of stalls that count, as core.sales_shown() says. Grain: one row per day or whole month (core.whole_months_from), unit and category; or per day or month and file; or per order line.';
