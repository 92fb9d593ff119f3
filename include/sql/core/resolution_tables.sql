drop table if exists pg_temp.resolved_member, pg_temp.resolved_producer, pg_temp.resolved_doubt;
create temporary table resolved_member (
    member_kind text, member_key text, producer_id bigint, rule text, score numeric, linked_to text
) on commit drop;
create temporary table resolved_producer (
    producer_id bigint, kind text, unit_code text, unit_from text
) on commit drop;
create temporary table resolved_doubt (
    left_kind text, left_key text, right_kind text, right_key text, rule text, score numeric,
    left_record_id bigint, right_record_id bigint
) on commit drop
