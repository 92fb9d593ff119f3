-- name: work_tables
-- The days of the plan until the period's end, cut where earlier and later reports cut them too: whole months, then
-- what is left by months and, of a week's report, by weeks. proof_slice: each piece, with what its part rests on
-- (key), its part (sha256; null where no line counts) and whether both are kept. proof_day: its days.
drop table if exists pg_temp.proof_slice;
create temporary table proof_slice on commit drop as
with span as (
    select cast(:plan_start as date) as first_on, s, e
    from report_period
    where no = 1
),
cut as (
    select first_on as day from span
    union
    select s from span
    union
    select month::date from span, generate_series(date_trunc('month', first_on), e, interval '1 month') as month
    union
    select s - 7 * weeks
    from span, generate_series(0, 10) as weeks
    where :is_weekly and s - 7 * weeks >= core.whole_months_until()
)
select row_number() over (order by day)::integer as no, day as first_on, lead(day, 1, e) over (order by day) as until,
       day >= s as is_in_period, null::text as key, null::text as sha256, false as is_kept, 0::bigint as records
from cut
cross join span
where day >= first_on and day < e;

drop table if exists pg_temp.proof_day;
create temporary table proof_day on commit drop as
select no, day::date as day
from proof_slice
cross join generate_series(first_on, until - 1, interval '1 day') as day;
analyze proof_slice, proof_day;

drop table if exists pg_temp.proof_sum;
create temporary table proof_sum (no integer, indicator_code text, digest numeric, records numeric) on commit drop;
drop table if exists pg_temp.proof_line;
create temporary table proof_line (
    no integer, record_id bigint, indicator_code text, part integer, unit_code text, thing text, amount numeric
) on commit drop;

-- name: add_sums
-- What an indicator's lines of each piece add up to, and who they are, as one number. By this alone two lines of the
-- same unit may change places: that is what core.sale_change is asked for.
insert into proof_sum
select proof_day.no, :code,
       sum(hashtextextended((thing.part, thing.unit_code, thing.thing, thing.record_id, thing.records)::text, 0)),
       sum(thing.records)
from thing
join proof_day on proof_day.day = thing.happened_on
join report_period as period on period.no = 1
where (thing.valid_from is null or thing.valid_from < period.e)
  and (thing.valid_until is null or thing.valid_until >= period.e)
group by proof_day.no;

-- name: find_kept
-- basis: what the program makes of lines. Views are part of the key: another view, other lines.
with changed as (
    select proof_day.no, sum(sale_change.changes) as changes
    from core.sale_change
    join proof_day on proof_day.day = sale_change.changed_on
    group by proof_day.no
),
summed as (
    select no, sum(records) as records, string_agg(indicator_code || ' ' || digest, ' ' order by indicator_code) as sums
    from proof_sum
    group by no
),
common as (
    select concat_ws(
        '|', cast(:basis as text), core.home_province(),
        (select sha256 from public.lensan_migration where name = 'views'),
        (select count(*) from ops.erased_file),
        (select sum(hashtextextended((seat_code, unit_code)::text, 0)) from core.seat_shown)) as common
),
keyed as (
    select slice.no, summed.records,
           encode(sha256(convert_to(concat_ws(
               '|', common.common, slice.first_on, slice.until, coalesce(changed.changes, 0), summed.sums), 'UTF8')),
               'hex') as key
    from proof_slice as slice
    cross join common
    left join changed on changed.no = slice.no
    left join summed on summed.no = slice.no
)
update proof_slice as slice
set key = keyed.key, records = coalesce(keyed.records, 0), sha256 = kept.sha256, is_kept = kept.key is not null
from keyed
left join ops.proof_slice as kept on kept.key = keyed.key
where keyed.no = slice.no;

-- name: slices
-- Grain: one row per piece.
select slice.no, slice.first_on, slice.until, slice.is_in_period, slice.key, slice.sha256, slice.is_kept,
       slice.records, length(part.content) as size_bytes
from proof_slice as slice
left join ops.proof_part as part using (sha256)
order by slice.no;

-- name: add_lines
-- The lines that count for an indicator on the days of some pieces. Grain: one row per line and thing.
insert into proof_line
select proof_day.no, thing.record_id, :code, thing.part, thing.unit_code,
       case when :in_period = 'sum' then '' else thing.thing end, case when :in_period = 'sum' then thing.amount end
from thing
join proof_day on proof_day.day = thing.happened_on and proof_day.no = any(cast(:numbers as integer[]))
join report_period as period on period.no = 1
where (thing.valid_from is null or thing.valid_from < period.e)
  and (thing.valid_until is null or thing.valid_until >= period.e);

-- name: name_lines
-- What each line says. proof_first: of a thing's lines in a piece the first of a unit, and of the province, names it,
-- the others say it again; where lines are added up each counts. proof_word: what a line says of an indicator;
-- proof_sentence: of all of them. Statements of their own, so that the planner knows how many lines there are.
analyze proof_line;
drop table if exists pg_temp.proof_first;
create temporary table proof_first on commit drop as
select first_line.*,
       record_id = min(record_id) over (partition by no, indicator_code, part, thing) as is_of_province
from (
    select no, indicator_code, part, unit_code, thing, min(record_id) as record_id
    from proof_line
    where thing <> ''
    group by no, indicator_code, part, unit_code, thing
) as first_line;
analyze proof_first;

drop table if exists pg_temp.proof_word;
create temporary table proof_word on commit drop as
select row_number() over (order by indicator_code, part, unit_code, thing, is_of_province)::integer as word, said.*
from (
    select indicator_code, part, unit_code, case when thing = '' then '' end as thing, null::boolean as is_of_province
    from proof_line
    group by indicator_code, part, unit_code, case when thing = '' then '' end
    union
    select indicator_code, part, unit_code, thing, is_of_province
    from proof_first
) as said;
analyze proof_word;

drop table if exists pg_temp.proof_signed;
create temporary table proof_signed on commit drop as
with first_word as (
    select proof_first.no, proof_first.record_id, proof_first.indicator_code, proof_first.part, proof_first.thing,
           proof_word.word
    from proof_first
    join proof_word
      on proof_word.indicator_code = proof_first.indicator_code and proof_word.part = proof_first.part
     and proof_word.unit_code is not distinct from proof_first.unit_code
     and proof_word.thing = proof_first.thing and proof_word.is_of_province = proof_first.is_of_province
)
select line.no, line.record_id, max(line.amount) as amount,
       array_agg(coalesce(first_word.word, usual.word) order by coalesce(first_word.word, usual.word)) as words
from proof_line as line
join proof_word as usual
  on usual.indicator_code = line.indicator_code and usual.part = line.part and usual.is_of_province is null
 and coalesce(usual.unit_code, '') = coalesce(line.unit_code, '')
left join first_word
  on first_word.no = line.no and first_word.record_id = line.record_id
 and first_word.indicator_code = line.indicator_code and first_word.part = line.part and first_word.thing = line.thing
group by line.no, line.record_id;
analyze proof_signed;

drop table if exists pg_temp.proof_sentence;
create temporary table proof_sentence on commit drop as
select row_number() over (order by words)::integer as sentence, words
from (select distinct words from proof_signed) as said;
analyze proof_sentence;

-- name: blocks
-- Rows of a table that count for the same. rows: for each run of rows how far its first is from the last one before,
-- and how many follow it. Grain: one row per piece, table and what its rows count for.
with begun as (
    -- The run that a record may stand in is the last that begins before it.
    select record_id, no, amount, sentence, max(run_id) over (order by record_id, is_line) as run_id
    from (
        select signed.record_id, signed.no, signed.amount, sentence.sentence, null::bigint as run_id, true as is_line
        from proof_signed as signed
        join proof_sentence as sentence using (words)
        union all
        select first_record_id as record_id, null, null, null, first_record_id as run_id, false from raw.source_run
    ) as mixed
),
placed as (
    select begun.no, begun.amount, begun.sentence, coalesce(run.table_id, source_row.table_id) as table_id,
           coalesce(run.first_row_number + (begun.record_id - run.first_record_id)::integer, source_row.row_number)
               as row_number
    from begun
    left join raw.source_run as run
      on run.first_record_id = begun.run_id and begun.record_id < run.first_record_id + run.row_count
    left join raw.source_row
      on source_row.record_id = case when run.table_id is null then begun.record_id end
    where begun.sentence is not null
),
numbered as (
    select placed.*,
           row_number - row_number() over (partition by no, table_id, sentence order by row_number) as island
    from placed
    -- A line that came with no file proves nothing; what rests on it is told as unproved.
    where table_id is not null
),
run as (
    select no, table_id, sentence, island, min(row_number) as first_row, max(row_number) as last_row,
           count(*) as row_count, sum(amount) as amount
    from numbered
    group by no, table_id, sentence, island
),
spaced as (
    select run.*,
           first_row - coalesce(
               lag(last_row) over (partition by no, table_id, sentence order by first_row), 0) as gap
    from run
),
block as (
    select no, table_id, sentence, sum(row_count)::bigint as row_count, trim_scale(sum(amount))::text as amount,
           string_agg(gap || case when last_row > first_row then '+' || last_row - first_row else '' end, ' '
                      order by first_row) as rows
    from spaced
    group by no, table_id, sentence
)
select block.no, block.table_id, block.row_count, block.amount, block.rows,
       (
           select array_agg(told.name order by told.name collate "C")
           from unnest(proof_sentence.words) as spoken
           join proof_word on proof_word.word = spoken
           cross join lateral (
               values (proof_word.unit_code, true), (core.home_province(), proof_word.is_of_province)
           ) as place (unit_code, is_first)
           cross join lateral (
               values (concat_ws(
                   ' ', proof_word.indicator_code, place.unit_code,
                   case when proof_word.part = 2 then '*_2' else '*' end,
                   case when place.is_first and proof_word.thing <> '' then proof_word.thing
                        when proof_word.thing is distinct from '' then 'again' end))
           ) as told (name)
           where place.unit_code is not null
       ) as counts_for
from block
join proof_sentence using (sentence);

-- name: forget_lines
truncate proof_line;

-- name: insert_part
insert into ops.proof_part (sha256, content) values (:sha256, :content) on conflict do nothing;

-- name: insert_slice
insert into ops.proof_slice (key, sha256) values (:key, :sha256) on conflict do nothing;

-- name: contents
-- Grain: one row per part.
select sha256, content from ops.proof_part where sha256 = any(cast(:sha256 as text[])) order by sha256;

-- name: is_of_past
select core.sales_shown() = 'by line';
