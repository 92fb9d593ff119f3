insert into ops.erased_file (old_sha256, noted_at) values (:sha256, :moment)
on conflict (old_sha256) do nothing
