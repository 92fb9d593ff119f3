insert into target_base
select :code, unit_code, sum(base), sum(achieved)
from base_row
group by unit_code
