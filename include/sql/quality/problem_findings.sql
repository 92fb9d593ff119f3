-- Where problems lie. Grain: one row per rule and field.
with problem as (
{body}
)
select problem, field, count(*) as failed_rows
from problem
group by problem, field
order by problem, failed_rows desc, field
