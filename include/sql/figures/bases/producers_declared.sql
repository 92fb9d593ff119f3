-- Base of II.1 to II.4: the unit's declared "Tổng số hộ SXNN" of the year. Grain: one row per unit.
select unit_code, name_key as thing, value as base, null::numeric as achieved
from core.base
where year = :year and name_key in ('tong so ho sxnn', 'tong so ho san xuat nong nghiep')
