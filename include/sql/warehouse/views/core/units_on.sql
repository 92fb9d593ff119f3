create or replace function core.units_on() returns date
language sql stable parallel safe as $$
    select nullif(current_setting('lensan.units_on', true), '')::date
$$;
comment on function core.units_on() is 'The day whose units the core views show (session setting lensan.units_on); not set: the unit that was named first.';
