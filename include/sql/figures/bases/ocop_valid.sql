-- Base of I: catalogue products with 3 stars or more whose certificate is valid at the period's end.
-- Grain: one row per code; a unit whose products are all invalid has a base of 0, not none.
select unit_code, ocop_code as thing,
       (stars >= 3 and recognised_on < :period_end and valid_until >= :period_end)::integer as base,
       null::numeric as achieved
from core.ocop
