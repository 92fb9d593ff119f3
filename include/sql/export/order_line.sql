-- Order lines of the period's year until its end. Grain: one row per line.
-- Key: platform, order_no, line_no
select * from mart.order_line
where ordered_on >= date_trunc('year', cast(:period_end as date) - 1) and ordered_on < :period_end
order by platform collate "C", order_no collate "C", line_no
