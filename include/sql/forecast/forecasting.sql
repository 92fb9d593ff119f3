-- name: clear
drop table if exists outlook, outlook_week;

create temporary table outlook (
    position integer, unit_code text, product text, state text, chance numeric, peak_on date, peak_low_on date,
    peak_high_on date, unsold numeric, unsold_low numeric, unsold_high numeric, taken numeric, warned_on date
) on commit drop;

create temporary table outlook_week (
    position integer, begins_on date, harvested numeric, harvested_low numeric, harvested_high numeric, sold numeric
) on commit drop;

-- name: add
insert into outlook
values (:position, :unit, :name, :state, :chance, :peak, :peak_low, :peak_high, :unsold, :unsold_low, :unsold_high,
        :taken, :warned_on);

-- name: add_week
insert into outlook_week
values (:position, :begins_on, :harvested, :harvested_low, :harvested_high, :sold);
