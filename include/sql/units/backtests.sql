-- name: clear
delete from ops.forecast_judgement where period = :period;

-- name: keep
insert into ops.forecast_backtest (period, known_at, computed_at, judged_from, judged_until)
values (:period, :known_at, :moment, :judged_from, :judged_until)
on conflict (period) do update
set known_at = excluded.known_at, computed_at = excluded.computed_at, judged_from = excluded.judged_from,
    judged_until = excluded.judged_until;

-- name: keep_judgement
insert into ops.forecast_judgement (
    period, position, product, method, gluts, warned, recall, alerts, borne_out, precision, lead_weeks, cost,
    intervals, coverage, is_off
)
values (
    :period, :position, :product, :method, :gluts, :warned, :recall, :alerts, :borne_out, :precision, :lead_weeks,
    :cost, :intervals, :coverage, :is_off
);

-- name: last
-- The replay until the last week. Grain: one row, none where none was kept.
select period, known_at, computed_at, judged_from, judged_until
from ops.forecast_backtest
order by period desc
limit 1;

-- name: judgements
-- Grain: one row per product and method of a replay.
select product, method, gluts, warned, recall, alerts, borne_out, precision, lead_weeks, cost, intervals, coverage, is_off
from ops.forecast_judgement
where period = :period
order by position;
