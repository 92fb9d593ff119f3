-- One pair and what was decided of it. Grain: one row.
select pair_id, left_kind, left_key, right_kind, right_key, decision, decided_by, decided_at
from core.doubtful_pair
where pair_id = :pair_id
