-- Checks of severity fail that did not pass when gate core last looked at a source, save those that only
-- stop single files: until they pass nothing of it is merged. Grain: one row per check.
select result.check_name
from ops.check_result as result
where result.run_id = (
        select max(run_id) from ops.check_run where gate = 'core' and check_run.source = :source)
  and result.severity = 'fail' and not result.is_passed
  and result.check_name <> all(cast(:stopping as text[]))
order by result.check_name
