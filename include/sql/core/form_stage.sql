create temporary table if not exists form_stage (
    indicator_code text, in_period numeric, in_period_2 numeric, cumulative numeric,
    cumulative_2 numeric, note text, places text[], record_id bigint
) on commit drop;
truncate form_stage
