insert into ops.forgotten_salt (salt) values (:salt) on conflict (is_only) do nothing
