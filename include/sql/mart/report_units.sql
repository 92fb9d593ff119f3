-- The units of a report: those valid on the period's last day. Grain: one row per unit.
create temporary table report_unit on commit drop as
select unit_code, name, full_name, position
from core.unit
where valid_from <= :last_day and (valid_to is null or valid_to >= :last_day)
