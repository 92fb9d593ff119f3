-- name: came_back
update ops.forgotten set came_back_at = :moment
from unnest(cast(:hits as text[])) as hit (number_hash)
where forgotten.number_hash = hit.number_hash;

-- name: file_note
insert into ops.erased_file (old_sha256, noted_at) values (:sha256, :moment)
on conflict (old_sha256) do nothing;

-- name: files
-- Raw files to be written again (new_sha256 null) and those that were. Grain: one row per file.
select old_sha256, new_sha256 from ops.erased_file order by old_sha256;

-- name: known
-- What is known of forgotten persons, with the salt. Grain: one row per number or key.
select forgotten.number_hash, forgotten.kind, forgotten.pseudonym, forgotten.person, salt.salt
from ops.forgotten_salt as salt
left join ops.forgotten on true;
