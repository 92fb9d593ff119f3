insert into ops.forgotten (number_hash, kind, pseudonym, person, forgotten_at)
values (:number_hash, :kind, :pseudonym, :person, :moment)
on conflict (number_hash) do nothing
