-- Who was forgotten. Grain: one row per person.
select coalesce(person, pseudonym) as person, min(forgotten_at) as forgotten_at,
       count(*) filter (where kind = 'number') as numbers, max(came_back_at) as came_back_at
from ops.forgotten
group by coalesce(person, pseudonym)
order by min(forgotten_at), person
