-- Key products of the year without planned output anywhere. Grain: one row per key product.
select key_product.unit_code, key_product.name
from core.key_product
where key_product.year = :year and key_product.planned_tonnes is null
  and not exists (
      select 1 from core.season
      where season.unit_code = key_product.unit_code and season.name_key = key_product.name_key
        and extract(year from season.month_on) = :year and season.planned_tonnes is not null)
order by key_product.unit_code, key_product.name collate "C"
