-- name: add_platform
-- The records behind an indicator's platform values: of each of the units asked for, and of the province.
-- What counts is what figures/things/traced says of each of them.
insert into proof_row
with alive as (
    select thing.*, period.counts_from, period.e,
           -- Only a thing that counts once asks for its first row: a million sales are not put in order for nothing.
           case when :in_period = 'first' then thing.thing end as once
    from thing
    join report_period as period on period.no = 1
    where (thing.valid_from is null or thing.valid_from < period.e)
      and (thing.valid_until is null or thing.valid_until >= period.e)
),
scoped as (
    select alive.*,
           min(alive.happened_on) over (
               partition by case when alive.once is not null then alive.part end,
                            case when alive.once is not null then alive.unit_code end, alive.once
           ) as first_of_unit,
           min(alive.happened_on) over (
               partition by case when alive.once is not null then alive.part end, alive.once
           ) as first_of_province
    from alive
),
-- Kept apart: else each row meets all values before it is asked for its places.
told as materialized (
    select place.unit_code, scoped.part, scoped.thing, scoped.record_id, scoped.amount,
           case :in_period
               when 'first' then scoped.happened_on = place.first_on and place.first_on >= scoped.counts_from
                                 and place.first_on < scoped.e
               else scoped.happened_on >= scoped.counts_from and scoped.happened_on < scoped.e end as is_in_period,
           case :cumulative
               when 'live' then scoped.happened_on < scoped.e and scoped.live_from < scoped.e
                                and (scoped.live_until is null or scoped.live_until >= scoped.e)
               else scoped.happened_on >= :plan_start and scoped.happened_on < scoped.e end as is_cumulative
    from scoped
    cross join lateral (
        values (scoped.unit_code, scoped.first_of_unit), (core.home_province(), scoped.first_of_province)
    ) as place (unit_code, first_on)
    where place.unit_code = any(cast(:units as text[]))
)
select value.place, told.thing, told.record_id, case when :in_period = 'sum' then told.amount end
from told
join proof_value as value
  on value.indicator_code = :code and value.unit_code = told.unit_code
 and value.part = case told.part when 2 then 2 else 1 end
 and case value.measure when 'in_period' then told.is_in_period else told.is_cumulative end;

-- name: blocks
-- Rows of a table that count for the same figures. The first row of a thing counts, the others say it again.
-- rows: for each run of rows how far its first is from the last one before, and how many follow it.
-- Grain: one row per table and what its rows count for.
with counted as (
    select record_id, amount,
           -- As they are told: by value, what counts before what says it again.
           2 * place + case when row_number() over (
               partition by place, thing collate "C" order by record_id
           ) = 1 then 0 else 1 end as mark
    from proof_row
),
signed as (
    select record_id, max(amount) as amount, array_agg(mark order by mark) as marks
    from counted
    group by record_id
),
placed as (
    select signed.marks, signed.amount, coalesce(source_row.table_id, run.table_id) as table_id,
           coalesce(source_row.row_number,
                    run.first_row_number + (signed.record_id - run.first_record_id)::integer) as row_number
    from signed
    left join raw.source_row on source_row.record_id = signed.record_id
    left join lateral (
        select *
        from raw.source_run
        where source_row.record_id is null and source_run.first_record_id <= signed.record_id
        order by source_run.first_record_id desc
        limit 1
    ) as run on signed.record_id < run.first_record_id + run.row_count
),
numbered as (
    select placed.*, row_number - row_number() over (partition by table_id, marks order by row_number) as island
    from placed
),
run as (
    select table_id, marks, min(row_number) as first_row, max(row_number) as last_row, count(*) as row_count,
           sum(amount) as amount
    from numbered
    group by table_id, marks, island
),
spaced as (
    select run.*,
           first_row - coalesce(lag(last_row) over (partition by table_id, marks order by first_row), 0) as gap
    from run
),
block as (
    select table_id, marks, sum(row_count)::bigint as row_count, trim_scale(sum(amount))::text as amount,
           string_agg(gap || case when last_row > first_row then '+' || last_row - first_row else '' end, ' '
                      order by first_row) as rows
    from spaced
    group by table_id, marks
)
select block.table_id, block.row_count, block.amount, block.rows,
       (
           select string_agg(value.name || case mark % 2 when 1 then ' again' else '' end, '|' order by mark)
           from unnest(block.marks) as mark
           join proof_value as value on value.place = mark / 2
       ) as counts_for
from block;

-- name: insert
insert into ops.report_proof (report_kind, period, revision, proof_no, root, root_before, manifest, seal)
values (:report_kind, :period, :revision, :proof_no, :root, :root_before, :manifest, :seal);

-- name: last
-- Grain: one row, none before the first.
select proof_no, root from ops.report_proof order by proof_no desc limit 1;

-- name: of_report
select root, root_before, manifest, seal
from ops.report_proof
where report_kind = :report_kind and period = :period and revision = :revision;

-- name: rewritten
-- What became of raw files that held a forgotten person. Grain: one row per file as it was.
select old_sha256, new_sha256 from ops.erased_file;

-- name: tables
-- Where the rows stand. Grain: one row per table.
select source_table.table_id, file.source, file.name, file.sha256, file.size_bytes, source_table.sheet,
       source_table.entity, source_table.header_row, source_table.headers
from raw.source_table
join ops.source_file as file using (file_id)
where source_table.table_id = any(cast(:table_ids as bigint[]))
order by file.source, file.name collate "C", file.sha256, source_table.table_id;

-- name: work_tables
-- proof_value: the values that rows may count for, in the order in which they are told.
drop table if exists pg_temp.proof_value;
create temporary table proof_value (
    place integer, name text, indicator_code text, unit_code text, measure text, part integer
) on commit drop;
drop table if exists pg_temp.proof_row;
create temporary table proof_row (place integer, thing text, record_id bigint, amount numeric) on commit drop;

-- name: insert_values
-- Of each figure: "VI.3 17 cumulative_2" is the second part of its cumulative.
insert into proof_value
select row_number() over (order by figure collate "C", measure || suffix collate "C"),
       figure || ' ' || measure || suffix, indicator_code, unit_code, measure, part
from unnest(cast(:indicator_codes as text[]), cast(:unit_codes as text[])) as asked (indicator_code, unit_code)
cross join lateral (values (indicator_code || ' ' || unit_code)) as named (figure)
cross join (values ('in_period'), ('cumulative')) as measured (measure)
cross join (values (1, ''), (2, '_2')) as parts (part, suffix);
