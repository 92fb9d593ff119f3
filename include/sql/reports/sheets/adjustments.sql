-- Figures of earlier reports that are different now, with what changed them (lensan.figures.adjusting).
-- Grain: one row per period, unit, indicator and measure.
select period, unit_code as unit, indicator_code as indicator, measure, old_value, old_value_2,
       new_value, new_value_2, files as file
from adjusted
left join report_unit using (unit_code)
order by period, indicator_position, coalesce(report_unit.position, 0), measure_position
