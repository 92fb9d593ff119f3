create or replace function core.reads_days() returns boolean
language sql stable parallel safe as $$
    select nullif(current_setting('lensan.known_at', true), '') is null
       and nullif(current_setting('lensan.by_line', true), '') is null
$$;
comment on function core.reads_days() is 'Whether sales are read by the days kept of them: not of a past moment, and not where the lines themselves are asked for (session setting lensan.by_line).';
