-- The session's work tables for one report's figures.
drop table if exists pg_temp.report_period, pg_temp.measured, pg_temp.indicator, pg_temp.target_base,
    pg_temp.evidence, pg_temp.official, pg_temp.rested, pg_temp.adjusted, pg_temp.figure_value,
    pg_temp.declared_or_carried, pg_temp.report_unit;
create temporary table report_period (
    no integer primary key, report_kind text, s date, e date, counts_from date, year integer,
    is_fresh boolean
) on commit drop;
create temporary table indicator (
    code text primary key, position integer, parts integer, has_platform boolean,
    has_submission boolean, has_units boolean, places text, base text, base_needs_platform boolean
) on commit drop;
create temporary table measured (
    no integer, indicator_code text, part integer, unit_code text, in_period numeric, cumulative numeric
) on commit drop;
create temporary table target_base (
    indicator_code text, unit_code text, base numeric, achieved numeric
) on commit drop;
create temporary table evidence (
    no integer, indicator_code text, unit_code text, channel text,
    in_period numeric, in_period_2 numeric, cumulative numeric, cumulative_2 numeric
) on commit drop;
create temporary table official (
    no integer, indicator_code text, unit_code text, channel text,
    in_period numeric, in_period_2 numeric, cumulative numeric, cumulative_2 numeric
) on commit drop;
create temporary table rested (
    indicator_code text, file_id integer, records_in_period bigint, records_cumulative bigint
) on commit drop;
create temporary table adjusted (
    period text, unit_code text, indicator_code text, indicator_position integer, measure text,
    measure_position integer, old_value numeric, old_value_2 numeric, new_value numeric,
    new_value_2 numeric, files text
) on commit drop
