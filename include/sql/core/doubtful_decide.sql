-- A decision is taken, or (null) taken back.
update core.doubtful_pair
set decision = :decision, decided_by = :decided_by, decided_at = :decided_at, note = :note
where pair_id = :pair_id
