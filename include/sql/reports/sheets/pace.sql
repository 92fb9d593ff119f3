-- What a week must bring and what it brought of late, as lensan.figures.pace has put it into the work table.
-- Grain: one row per indicator and unit (22: the province) whose target is an amount.
select indicator_code as indicator, unit_code as unit, achieved, goal, due_on, needed_weekly, recent_weekly,
       recent_days, outlook, expected_on
from pace
order by position, unit_position, unit_code
