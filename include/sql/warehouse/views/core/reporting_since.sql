create or replace function core.reporting_since(parent text, day date) returns date
language sql stable parallel safe as $$
    select coalesce(max(turn.turned_on), '-infinity')
    from (
        select valid_from as turned_on from core.region where parent = any(parents)
        union
        select valid_to + 1 from core.region where parent = any(parents) and valid_to is not null
    ) as turn
    where turn.turned_on <= day
      and core.reporting_region(parent, turn.turned_on - 1)
          is distinct from core.reporting_region(parent, turn.turned_on)
$$;
comment on function core.reporting_since(text, date) is 'Since when those report of the units that have a parent who do on a day.';
