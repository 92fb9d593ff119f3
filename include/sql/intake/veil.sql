-- name: known
-- What is known of forgotten persons, with the salt. Grain: one row per number or key.
select forgotten.number_hash, forgotten.kind, forgotten.pseudonym, forgotten.person, salt.salt
from ops.forgotten_salt as salt
left join ops.forgotten on true;
