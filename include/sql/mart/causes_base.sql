-- Lists that became known after a moment and change the bases of a year. Grain: unit and file.
with listed as (
    select unit_code, record_id from core.base_version
    where known_from > :known_at and year = :year and :base = 'producers_declared'
    union all
    select unit_code, record_id from core.ocop_version
    where known_from > :known_at and :base = 'ocop_valid'
    union all
    select unit_code, record_id from core.key_product_version
    where known_from > :known_at and year = :year and :base not in ('producers_declared', 'ocop_valid')
    union all
    select unit_code, record_id from core.season_version
    where known_from > :known_at and extract(year from month_on) = :year and :base = 'planned_output'
)
select place.unit_code, ops.file_of(listed.record_id) as file_id
from listed
cross join lateral (values (listed.unit_code), ('22')) as place (unit_code)
group by place.unit_code, ops.file_of(listed.record_id)
order by place.unit_code, ops.file_of(listed.record_id)
