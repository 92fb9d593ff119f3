-- Where a check failed when it was last asked. Grain: one row per place.
select finding.unit_code as unit, finding.indicator_code as indicator, finding.field, finding.found,
       finding.expected, finding.failed_rows
from ops.check_finding as finding
where finding.check_name = :check_name
  and finding.run_id = (select max(run_id) from ops.check_result where check_name = :check_name)
order by finding.position
