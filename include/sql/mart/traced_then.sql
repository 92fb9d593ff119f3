create temporary table if not exists traced_then (
    part integer, unit_code text, thing text, happened_on date, live_from date, live_until date,
    amount numeric, record_id bigint, is_in_period boolean, is_cumulative boolean
) on commit drop;
create temporary table if not exists traced_now (like traced_then) on commit drop;
truncate traced_then, traced_now
