-- The weeks ahead of the key products with an alert: what may be harvested and what platforms and buyers take of it
-- within the price frame, as lensan.forecast has put it into the work tables. Grain: one row per product, unit and week.
select outlook.product, outlook.unit_code as unit, week.begins_on as week_on, week.harvested, week.harvested_low,
       week.harvested_high, week.sold, week.sold + outlook.taken as demand, week.begins_on = outlook.peak_on as is_peak
from outlook
join outlook_week as week using (position)
where outlook.state = 'forecast' and outlook.warned_on is not null
order by outlook.chance desc, outlook.position, week.begins_on
