-- name: units
-- Every unit there ever was, by its last name. Grain: one row per unit.
select distinct on (unit_code) unit_code, full_name
from core.unit
order by unit_code, valid_from desc;
