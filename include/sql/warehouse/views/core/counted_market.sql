-- By file it is not told to which province, only whether to one: the home province stands for all.
drop view if exists core.counted_market cascade;
create view core.counted_market as
select shown.unit_code, kept.product_group, kept.receiving_country_code, kept.receiving_province_code,
       min(kept.first_on) as completed_on, null::bigint as record_id, sum(kept.order_lines)::bigint as records
from core.sale_by_place as kept
left join core.seat_shown as shown on shown.seat_code = kept.unit_code
where core.sales_shown() = 'as sums' and kept.is_month
  and kept.first_on >= core.whole_months_from() and kept.first_on < core.whole_months_until()
group by shown.unit_code, kept.product_group, kept.receiving_country_code, kept.receiving_province_code
union all
select shown.unit_code, kept.product_group, kept.receiving_country_code, kept.receiving_province_code, kept.first_on,
       null, kept.order_lines
from core.sale_by_place as kept
left join core.seat_shown as shown on shown.seat_code = kept.unit_code
where core.sales_shown() = 'apart' and kept.is_month
  and kept.first_on >= core.whole_months_from() and kept.first_on < core.whole_months_until()
union all
select shown.unit_code, kept.product_group, kept.receiving_country_code, kept.receiving_province_code, kept.first_on,
       null, kept.order_lines
from core.sale_by_place as kept
left join core.seat_shown as shown on shown.seat_code = kept.unit_code
where core.sales_shown() in ('as sums', 'apart') and not kept.is_month and kept.first_on < core.whole_months_from()
union all
select shown.unit_code, kept.product_group, kept.receiving_country_code, kept.receiving_province_code, kept.first_on,
       null, kept.order_lines
from core.sale_by_place as kept
left join core.seat_shown as shown on shown.seat_code = kept.unit_code
where core.sales_shown() in ('as sums', 'apart') and not kept.is_month
  and kept.first_on >= core.whole_months_until() and kept.first_on < core.days_until()
union all
select null, kept.product_group, kept.receiving_country_code, case when kept.has_province then core.home_province() end,
       kept.first_on, kept.file_id::bigint << 32, kept.order_lines
from core.sale_by_file as kept
where core.sales_shown() = 'by file' and kept.is_month
  and kept.first_on >= core.whole_months_from() and kept.first_on < core.whole_months_until()
union all
select null, kept.product_group, kept.receiving_country_code, case when kept.has_province then core.home_province() end,
       kept.first_on, kept.file_id::bigint << 32, kept.order_lines
from core.sale_by_file as kept
where core.sales_shown() = 'by file' and not kept.is_month
  and (kept.first_on < core.whole_months_from()
       or kept.first_on >= core.whole_months_until() and kept.first_on < core.days_until())
union all
select line.unit_code, line.product_group, line.receiving_country_code, line.receiving_province_code,
       line.completed_on, line.record_id, 1
from core.counted_order_line as line
where core.sales_shown() = 'by line' and line.status = 'completed'
  and line.completed_at >= core.lines_from() and line.completed_at < core.lines_until();
comment on view core.counted_market is 'Places to which stalls that count have sold, as core.sales_shown() says. Grain: one row per day, unit and place, and per unit and place of all whole months (core.whole_months_from), or of each of them; or per day or month and file; or per order line.';
