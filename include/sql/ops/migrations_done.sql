select name, sha256 from public.lensan_migration
