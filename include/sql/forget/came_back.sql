update ops.forgotten set came_back_at = :moment
from unnest(cast(:hits as text[])) as hit (number_hash)
where forgotten.number_hash = hit.number_hash
