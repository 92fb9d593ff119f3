-- Roles and their rights, from nothing each time, so that this file is the whole truth. Group roles
-- without login or password: lensan roles grant USER ROLE. The reasons: docs/decisions/0010-roles.md.
do $$
declare
    v_role text;
    v_object record;
begin
    foreach v_role in array array['lensan_etl', 'lensan_analyst', 'lensan_steward'] loop
        if not exists (select 1 from pg_roles where rolname = v_role) then
            begin
                execute format('create role %I nologin', v_role);
            exception when duplicate_object or unique_violation then
                null;
            end;
        end if;
    end loop;

    -- The owner: what is made by the user who migrates becomes lensan_etl's.
    if not pg_has_role(current_user, 'lensan_etl', 'usage') then
        execute format('grant lensan_etl to %I', current_user);
    end if;
    execute format('grant create, temporary on database %I to lensan_etl', current_database());
    -- PostgreSQL lets everybody connect and make temporary tables; readers only connect, and only here.
    -- Other databases of the server are shut to them by whoever made those (docs/decisions/0010-roles.md).
    execute format('revoke connect, temporary on database %I from public, lensan_analyst, lensan_steward',
                   current_database());
    execute format('grant connect on database %I to lensan_etl, lensan_analyst, lensan_steward',
                   current_database());
    -- Large objects belong to whoever makes them and count for no quota. Only a superuser may say so.
    if (select rolsuper from pg_roles where rolname = current_user) then
        for v_object in
            select pg_proc.oid::regprocedure::text as name
            from pg_proc
            where pronamespace = 'pg_catalog'::regnamespace
              and proname in ('lo_creat', 'lo_create', 'lo_from_bytea')
        loop
            execute format('revoke execute on function %s from public', v_object.name);
        end loop;
    end if;
    for v_object in
        select nspname from pg_namespace
        where nspname in ('raw', 'core', 'mart', 'ops') and nspowner <> 'lensan_etl'::regrole
    loop
        execute format('alter schema %I owner to lensan_etl', v_object.nspname);
    end loop;
    for v_object in
        select format('%I.%I', nspname, relname) as name,
               case relkind when 'v' then 'view' when 'm' then 'materialized view' else 'table' end as kind
        from pg_class
        join pg_namespace on pg_namespace.oid = relnamespace
        where nspname in ('raw', 'core', 'mart', 'ops') and relkind in ('r', 'p', 'v', 'm')
          and relowner <> 'lensan_etl'::regrole
    loop
        execute format('alter %s %s owner to lensan_etl', v_object.kind, v_object.name);
    end loop;
    for v_object in
        select pg_proc.oid::regprocedure::text as name
        from pg_proc
        join pg_namespace on pg_namespace.oid = pronamespace
        where nspname in ('raw', 'core', 'mart', 'ops') and proowner <> 'lensan_etl'::regrole
    loop
        execute format('alter routine %s owner to lensan_etl', v_object.name);
    end loop;
end
$$;

revoke all on schema raw, core, mart, ops from public, lensan_analyst, lensan_steward;
revoke all on all tables in schema raw, core, mart, ops from public, lensan_analyst, lensan_steward;
revoke all on all sequences in schema raw, core, mart, ops from public, lensan_analyst, lensan_steward;
revoke all on all routines in schema raw, core, mart, ops from public, lensan_analyst, lensan_steward;

grant usage on schema mart, ops to lensan_analyst, lensan_steward;
grant usage on schema core to lensan_steward;
grant select on all tables in schema mart to lensan_analyst, lensan_steward;
-- The views of mart and core call it with the rights of whoever reads them.
grant execute on function core.known_at(), core.home_province(), core.sales_shown(), core.whole_months_from(),
    core.whole_months_until(), core.days_until(), core.lines_from(), core.lines_until(), core.units_on() to lensan_analyst, lensan_steward;
grant execute on function ops.file_of(bigint) to lensan_analyst, lensan_steward;

-- Analysts in ops: everything but what people wrote, who they are, and where they are reached.
grant select (
    file_id, source, sha256, size_bytes, received_at, export_date, entity, unit_code, period_start,
    period_end, status, rule, duplicate_of, rows_read, rows_accepted, rows_quarantined, rows_superseded,
    rows_ignored, loaded_at
) on ops.source_file to lensan_analyst;
grant select (
    quarantine_id, record_id, file_id, sheet, row_number, field, column_number, rule, entity, opened_at,
    closed_at, closed_by
) on ops.quarantine to lensan_analyst;
grant select (record_id, file_id, field, rule) on ops.row_warning to lensan_analyst;
grant select on ops.row_verdict to lensan_analyst;
grant select on ops.rule to lensan_analyst;
grant select (
    report_kind, period, revision, period_start, period_end, published_at, known_at, code_version,
    figures_sha256
) on ops.report to lensan_analyst;
grant select (report_kind, period, revision, name, sha256, size_bytes) on ops.report_file to lensan_analyst;
grant select (report_kind, period, revision, proof_no, root, root_before) on ops.report_proof to lensan_analyst;
grant select on ops.report_source to lensan_analyst;
grant select on ops.report_change to lensan_analyst;
grant select on ops.report_check to lensan_analyst;
grant select (report_kind, role, is_active) on ops.recipient to lensan_analyst;
grant select (
    report_kind, period, revision, role, message_id, state, attempts, queued_at, changed_at, sent_at
) on ops.delivery to lensan_analyst;
grant select (remote_object_id, source, file_id, sha256, fetched_at) on ops.remote_object to lensan_analyst;
grant select (sender, added_at) on ops.sender_address to lensan_analyst;
grant select (audit_id, at, action) on ops.audit to lensan_analyst;
grant select on ops.draft to lensan_analyst;
grant select (report_kind, period, released_at, how, wants_mail) on ops.release to lensan_analyst;
grant select (report_kind, period, said_at) on ops.not_yet to lensan_analyst;
grant select (kind, state, attempts, queued_at, changed_at, sent_at) on ops.mail to lensan_analyst;
grant select (raised_at, last_seen_at, acknowledged_at, escalated_at, closed_at) on ops.alarm to lensan_analyst;
grant select on ops.quality_check, ops.check_run, ops.check_result, ops.check_finding to lensan_analyst;
grant select (file_id, check_name, waived_at) on ops.check_waiver to lensan_analyst;
grant select on ops.check_trend to lensan_analyst;
grant select on ops.held_back to lensan_analyst;
grant select on ops.arrival to lensan_analyst;
grant select on ops.glut_alert, ops.glut_week to lensan_analyst;

-- Stewards also read core and all of ops, but not who was forgotten. Nobody but the owner reads raw.
grant select on all tables in schema core to lensan_steward;
grant select on all tables in schema ops to lensan_steward;
revoke all on ops.forgotten, ops.forgotten_salt, ops.form_link_key from lensan_steward;
