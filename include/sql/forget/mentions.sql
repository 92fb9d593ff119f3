-- Trained people and owners of OCOP products with one of the numbers, or without a number and with a
-- name and unit of the person, in any version. Grain: one row per key and name.
with person as (
    select distinct name, unit_code
    from unnest(cast(:names as text[]), cast(:units as text[])) as given (name, unit_code)
)
select distinct 'training' as kind, entity_key as key, name
from core.training_version as training
where paper_number = any(cast(:numbers as text[])) or phone = any(cast(:numbers as text[]))
   or (paper_number is null and phone is null
       and exists (select 1 from person
                   where person.unit_code = training.unit_code and lower(person.name) = lower(training.name)))
union
select 'ocop', entity_key, owner_name
from core.ocop_version as ocop
where owner_paper_number = any(cast(:numbers as text[]))
   or (owner_paper_number is null
       and exists (select 1 from person
                   where person.unit_code = ocop.unit_code and lower(person.name) = lower(ocop.owner_name)))
order by kind, key, name
