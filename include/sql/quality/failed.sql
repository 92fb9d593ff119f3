-- What a check's query found. Great Expectations wants its batch named: it has one row.
select failed.*
from (
{body}
) as failed
where exists (select 1 from {{batch}})
