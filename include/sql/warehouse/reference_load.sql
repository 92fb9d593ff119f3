-- name: clear
truncate core.office, core.deadline, core.unit, core.region, core.seat, core.province, core.province_successor, core.country, core.target,
    core.indicator, ops.rule;

-- name: insert_country
insert into core.country (country_code, name, position) values (:country_code, :name, :position);

-- name: insert_deadline
insert into core.deadline (report_kind, valid_from, days_after_end, due_time)
values (:report_kind, :valid_from, :days_after_end, :due_time);

-- name: insert_office
insert into core.office (
    valid_from, valid_until, province_code, province_name, name, plan_number, plan_start)
values (:valid_from, :valid_until, :province_code, :province_name, :name, :plan_number, :plan_start);

-- name: insert_indicator
insert into core.indicator (
    indicator_code, position, has_platform, has_submission, has_units, is_growing, is_additive, is_sum, is_sum_2, base_rule,
    is_base_of_cumulative, training_topic, plan)
values (
    :indicator_code, :position, :has_platform, :has_submission, :has_units, :is_growing, :is_additive, :is_sum, :is_sum_2,
    :base_rule, :is_base_of_cumulative, :training_topic, :plan);

-- name: insert_province
insert into core.province (province_code, gso_code, name, region, position, valid_from, valid_to)
values (:province_code, :gso_code, :name, :region, :position, :valid_from, :valid_to);

-- name: insert_province_successor
insert into core.province_successor (province_code, successor_code)
values (:province_code, :successor_code);

-- name: insert_rule
insert into ops.rule (rule, label, reason, mended_by) values (:rule, :label, :reason, :mended_by);

-- name: insert_target
insert into core.target (year, indicator_code, unit_code, share, amount, is_strict, legal_basis)
values (:year, :indicator_code, :unit_code, :share, :amount, :is_strict, :legal_basis);

-- name: insert_unit
insert into core.unit (
    unit_code, name, kind, level, parent_code, latitude, longitude, full_name, position, valid_from, valid_to)
values (
    :unit_code, :name, :kind, :level, :parent_code, :latitude, :longitude, :full_name, :position, :valid_from,
    :valid_to);

-- name: insert_region
insert into core.region (
    region_code, name, full_name, parents, is_reporting, position, valid_from, valid_to)
values (
    :region_code, :name, :full_name, cast(:parents as text[]), :is_reporting, :position, :valid_from, :valid_to);

-- name: insert_seat
insert into core.seat (seat_code, valid_from, valid_to, unit_code, is_assumed)
values (:seat_code, :valid_from, :valid_to, :unit_code, :is_assumed);

-- name: seats_unknown
-- Seats of producers that core.seat does not have yet. Grain: one row per seat.
select distinct unit_code
from core.producer_version as producer
where unit_code is not null
  and not exists (select 1 from core.seat where seat.seat_code = producer.unit_code)
order by unit_code;

-- name: published_weeks
-- Grain: one row per published week.
select distinct report_kind, period_start, period_end
from ops.report
where split_part(report_kind, '_', 1) = 'week'
order by period_end, report_kind;

-- name: target_list
-- The targets. Grain: one row per year, indicator and unit.
select year, indicator_code, unit_code, share, amount, is_strict, legal_basis
from core.target
order by year, indicator_code, unit_code;

-- name: provinces
-- Whose warehouse this is. Grain: one row, none in a new warehouse, whose migrations name the first province.
select distinct province_code from core.office
where exists (select 1 from core.unit);
