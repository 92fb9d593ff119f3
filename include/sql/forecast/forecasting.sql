-- name: clear
drop table if exists outlook;

create temporary table outlook (
    position integer, unit_code text, product text, state text, chance numeric, peak_on date, peak_low_on date,
    peak_high_on date, unsold numeric, unsold_low numeric, unsold_high numeric, warned_on date
) on commit drop;

-- name: add
insert into outlook
values (:position, :unit, :name, :state, :chance, :peak, :peak_low, :peak_high, :unsold, :unsold_low, :unsold_high,
        :warned_on);
