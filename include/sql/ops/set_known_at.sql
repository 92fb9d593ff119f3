-- The moment whose knowledge the core views show in this session; empty means now.
select set_config('lensan.known_at', :known_at, false)
