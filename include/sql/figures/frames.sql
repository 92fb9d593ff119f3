-- name: base_rows
create temporary table if not exists base_row (unit_code text, thing text, base numeric, achieved numeric) on commit drop;
truncate base_row;
insert into base_row (unit_code, thing, base, achieved)
{body};

-- name: keep_traced_now
insert into traced_now
{body};

-- name: keep_traced_then
insert into traced_then
{body};

-- name: rested
insert into rested (indicator_code, file_id, records_in_period, records_cumulative)
select :code, ops.file_of(record_id), coalesce(sum(records) filter (where is_in_period), 0),
       coalesce(sum(records) filter (where is_cumulative), 0)
from ({body}) as traced
where is_in_period or is_cumulative
group by ops.file_of(record_id);

-- name: thing_view
create temporary view thing as
{body};

-- name: thing_view_by_record
create temporary view thing as
select single.*, 1 as records
from ({body}) as single;
