drop view if exists core.counted_order_line cascade;
create view core.counted_order_line as
select *
from core.order_line
where is_counted;
comment on view core.counted_order_line is 'Order lines of stalls that count. Grain: one row per line.';
