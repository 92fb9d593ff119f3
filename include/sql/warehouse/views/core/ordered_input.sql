-- Apart: the record's number is one of the buyer, so that who is told apart by it is not told.
drop view if exists core.ordered_input cascade;
create view core.ordered_input as
select kept.buyer_phone, min(kept.first_on) as ordered_on, null::bigint as record_id,
       sum(kept.order_lines)::bigint as records
from core.input_order as kept
where core.sales_shown() = 'as sums' and kept.is_month
  and kept.first_on >= core.whole_months_from() and kept.first_on < core.whole_months_until()
group by kept.buyer_phone
union all
select kept.buyer_phone, kept.first_on, null, kept.order_lines
from core.input_order as kept
where core.sales_shown() = 'as sums' and not kept.is_month and kept.first_on < core.whole_months_from()
union all
select kept.buyer_phone, kept.first_on, null, kept.order_lines
from core.input_order as kept
where core.sales_shown() = 'as sums' and not kept.is_month
  and kept.first_on >= core.whole_months_until() and kept.first_on < core.days_until()
union all
select kept.buyer_phone, kept.first_on, hashtextextended(kept.buyer_phone, 0), kept.order_lines
from core.input_order as kept
where core.sales_shown() = 'apart' and kept.is_month
  and kept.first_on >= core.whole_months_from() and kept.first_on < core.whole_months_until()
union all
select kept.buyer_phone, kept.first_on, hashtextextended(kept.buyer_phone, 0), kept.order_lines
from core.input_order as kept
where core.sales_shown() = 'apart' and not kept.is_month
  and (kept.first_on < core.whole_months_from()
       or kept.first_on >= core.whole_months_until() and kept.first_on < core.days_until())
union all
select kept.buyer_phone, kept.first_on, kept.file_id::bigint << 32, kept.order_lines
from core.input_order as kept
where core.sales_shown() = 'by file' and not kept.is_month and kept.first_on < core.days_until()
union all
select line.buyer_phone, line.ordered_on, line.record_id, 1
from core.order_line as line
where core.sales_shown() = 'by line' and line.ordered_at >= core.lines_from() and line.ordered_at < core.lines_until()
  and line.product_group = 'input' and line.status not in ('cancelled', 'returned');
comment on view core.ordered_input is 'Orders of input goods, wherever the seller is, as core.sales_shown() says. Grain: one row per day and buyer, and per buyer of all whole months (core.whole_months_from), or of each of them; or per day, buyer and file; or per order line.';
