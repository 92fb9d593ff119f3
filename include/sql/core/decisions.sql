-- What people decided, by the members' own keys. Grain: one row per decided pair.
select pair_id, left_kind, left_key, right_kind, right_key, decision
from core.doubtful_pair
where decision is not null
order by pair_id
