-- A form replaces the one of the same sender and period before it: the later by arrival, then by the
-- date in its name, then by its name (ops.name_in_order). The older one's rows are superseded whole.
create or replace function core.merge_submission(
    p_submission_id bigint, p_file_id integer, p_sender text, p_unit_code text, p_report_kind text,
    p_period_start date, p_period_end date, p_received_at timestamptz)
returns void
language plpgsql as $$
declare
    v_replaced bigint;
    v_is_newest boolean;
begin
    select not exists (
        select 1
        from core.submission_version as other
        join ops.source_file as theirs on theirs.file_id = other.file_id
        join ops.source_file as this on this.file_id = p_file_id
        where other.sender = p_sender and other.report_kind = p_report_kind
          and other.period_start = p_period_start
          and (theirs.received_at, theirs.export_date, ops.name_in_order(theirs.name))
            > (this.received_at, this.export_date, ops.name_in_order(this.name)))
    into v_is_newest;

    if v_is_newest then
        select submission_id into v_replaced
        from core.submission_version
        where sender = p_sender and report_kind = p_report_kind and period_start = p_period_start
          and known_until = 'infinity';
        update core.submission_version set known_until = p_received_at
        where submission_id = v_replaced;
        insert into core.submission_version (
            submission_id, file_id, sender, unit_code, report_kind, period_start, period_end,
            received_at, known_from)
        values (p_submission_id, p_file_id, p_sender, p_unit_code, p_report_kind, p_period_start,
                p_period_end, p_received_at, p_received_at);
        -- What was held back in the replaced form is settled: its sender has spoken again.
        update ops.quarantine set closed_at = p_received_at, closed_by = p_file_id
        from raw.source_row
        where source_row.table_id = v_replaced and quarantine.record_id = source_row.record_id
          and quarantine.closed_at is null;
    else
        insert into core.submission_version (
            submission_id, file_id, sender, unit_code, report_kind, period_start, period_end,
            received_at, known_from, known_until)
        values (p_submission_id, p_file_id, p_sender, p_unit_code, p_report_kind, p_period_start,
                p_period_end, p_received_at, p_received_at, p_received_at);
        insert into stage_verdict (record_id, verdict, why)
        select record_id, 'superseded', 'a newer form'
        from (select record_id from form_stage union select record_id from stage_bad) as line
        on conflict (record_id) do nothing;
        delete from stage_bad;
    end if;

    insert into core.submission_value (
        submission_id, indicator_code, in_period, in_period_2, cumulative, cumulative_2, note, places,
        record_id)
    select p_submission_id, indicator_code, in_period, in_period_2, cumulative, cumulative_2, note,
           places, record_id
    from form_stage;

    insert into stage_verdict (record_id, verdict, why)
    select distinct record_id, 'quarantined', null::text from stage_bad
    on conflict (record_id) do update set verdict = 'quarantined', why = null;

    insert into ops.quarantine (
        record_id, file_id, sheet, row_number, field, column_number, value, rule, parameters, message,
        entity, entity_key, opened_at)
    select record_id, p_file_id, sheet, row_number, field, column_number, value, rule, parameters, message,
           'submission', p_sender || '|' || p_report_kind || '|' || p_period_start || '|' || coalesce(entity_key, ''),
           p_received_at
    from stage_bad
    order by record_id, column_number nulls last, field;

    insert into ops.row_verdict (record_id, verdict, why)
    select record_id, verdict, why from stage_verdict
    on conflict (record_id) do update set verdict = excluded.verdict, why = excluded.why;
end
$$;
comment on function core.merge_submission(bigint, integer, text, text, text, date, date, timestamptz) is 'Takes in one form with its values; a newer form of the same sender and period replaces it.';
