select left_kind, left_key, right_kind, right_key, decision
from core.doubtful_pair
where decision is not null
order by pair_id
