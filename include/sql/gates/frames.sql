-- name: core_rows
-- What is known of an entity from one source, without what names people. Grain: one row per key; two
-- current versions of a key are two rows.
select {columns}
from core.{entity}_version as version
join ops.source_file as file on file.file_id = ops.file_of(version.record_id)
where version.known_until = 'infinity' and file.source = :source;

-- name: failed
-- What a check's query found. Great Expectations wants its batch named: it has one row.
select failed.*
from (
{body}
) as failed
where exists (select 1 from {{batch}});

-- name: is_known
-- A column of core_rows: whether the reference tables know a code.
coalesce(version.{column} in (select {key} from core.{table}), true) as {column}_is_known;

-- name: problem_findings
-- Where problems lie. Grain: one row per rule and field.
with problem as (
{body}
)
select problem, field, count(*) as failed_rows
from problem
group by problem, field
order by problem, failed_rows desc, field;
