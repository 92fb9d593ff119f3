-- name: add_platform
-- The records behind an indicator's platform values: of each of the units asked for, and of the province.
-- What counts is what figures/things/traced says of each of them.
insert into proof_row
with scoped as (
    select thing.*, period.counts_from, period.e,
           min(thing.happened_on) over (partition by thing.part, thing.unit_code, thing.thing) as first_of_unit,
           min(thing.happened_on) over (partition by thing.part, thing.thing) as first_of_province
    from thing
    join report_period as period on period.no = 1
    where (thing.valid_from is null or thing.valid_from < period.e)
      and (thing.valid_until is null or thing.valid_until >= period.e)
),
told as (
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
select :code || ' ' || told.unit_code, measure.name || case told.part when 2 then '_2' else '' end, told.thing,
       told.record_id, case when :in_period = 'sum' then told.amount end
from told
cross join lateral (
    values ('in_period', told.is_in_period), ('cumulative', told.is_cumulative)
) as measure (name, counts)
where measure.counts;

-- name: blocks
-- Rows of a table that count for the same figures. The first row of a thing counts, the others say it again.
-- rows: for each run of rows how far its first is from the last one before, and how many follow it.
-- Grain: one row per table and what its rows count for.
with counted as (
    select record_id, figure, measure, amount,
           row_number() over (partition by figure, measure, thing order by record_id) = 1 as is_first
    from proof_row
),
signed as (
    select record_id, max(amount) as amount,
           string_agg(figure || ' ' || measure || case when is_first then '' else ' again' end, '|'
                      order by figure collate "C", measure collate "C", is_first desc) as counts_for
    from counted
    group by record_id
),
placed as (
    select signed.counts_for, signed.amount, coalesce(source_row.table_id, run.table_id) as table_id,
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
    select placed.*,
           row_number - row_number() over (partition by table_id, counts_for order by row_number) as island
    from placed
),
run as (
    select table_id, counts_for, min(row_number) as first_row, max(row_number) as last_row, count(*) as row_count,
           sum(amount) as amount
    from numbered
    group by table_id, counts_for, island
),
spaced as (
    select run.*,
           first_row - coalesce(lag(last_row) over (partition by table_id, counts_for order by first_row), 0) as gap
    from run
)
select table_id, counts_for, sum(row_count)::bigint as row_count, trim_scale(sum(amount))::text as amount,
       string_agg(gap || case when last_row > first_row then '+' || last_row - first_row else '' end, ' '
                  order by first_row) as rows
from spaced
group by table_id, counts_for;

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

-- name: work_table
drop table if exists pg_temp.proof_row;
create temporary table proof_row (
    figure text, measure text, thing text, record_id bigint, amount numeric
) on commit drop;
