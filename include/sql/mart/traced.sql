-- The records behind an indicator's platform value in the report's period, for a unit (22: the province).
-- Grain: one row per thing and record. Says of each whether it counts in the period and cumulatively.
select scoped.part, scoped.unit_code, scoped.thing, scoped.happened_on, scoped.live_from,
       scoped.live_until, scoped.amount, scoped.record_id,
       coalesce(case :in_period when 'first' then happened_on = first_on and first_on >= counts_from and first_on < e
                       else happened_on >= counts_from and happened_on < e end, false) as is_in_period,
       coalesce(case :cumulative when 'live' then happened_on < e and live_from < e
                                     and (live_until is null or live_until >= e)
                        else happened_on >= :plan_start and happened_on < e end, false) as is_cumulative
from (
    select thing.*, period.counts_from, period.e,
           min(thing.happened_on) over (partition by thing.part, thing.thing) as first_on
    from thing
    join report_period as period on period.no = 1
    where (:unit = '22' or thing.unit_code = :unit)
      and (thing.valid_from is null or thing.valid_from < period.e)
      and (thing.valid_until is null or thing.valid_until >= period.e)
) as scoped
