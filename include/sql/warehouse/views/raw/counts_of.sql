-- What became of the rows of a file, whose records are those from the first to the last number.
create or replace function raw.counts_of(p_first bigint, p_last bigint)
returns table (accepted bigint, quarantined bigint, superseded bigint, ignored bigint)
language sql stable as $$
    with kept as (
        select coalesce(
            (select sum(row_count) from raw.source_run where first_record_id between p_first and p_last),
            (select count(*) from raw.source_row where record_id between p_first and p_last))::bigint as rows
    ),
    told as (
        select count(*) as rows,
            count(*) filter (where verdict = 'quarantined') as quarantined,
            count(*) filter (where verdict = 'superseded') as superseded,
            count(*) filter (where verdict = 'ignored') as ignored
        from ops.row_verdict
        where record_id between p_first and p_last
    )
    select kept.rows - told.rows, told.quarantined, told.superseded, told.ignored
    from kept, told
$$;
comment on function raw.counts_of(bigint, bigint) is 'Rows of a file that were accepted, held back, replaced and ignored, by its runs and rows and their verdicts. Grain: one row.';
