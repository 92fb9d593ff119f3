-- name: mail
-- Grain: one row, or none when the ledger has no such mail.
select report_kind, period, revision, recipient, role, state, last_error, changed_at, sent_at
from ops.delivery
where split_part(trim('<>' from message_id), '@', 1) = :mail_key;

-- name: report_file
-- Grain: one row, or none when the ledger has no such file.
select content, sha256
from ops.report_file
where report_kind = :report_kind and period = :period and revision = :revision and name = :name;

-- name: units
-- Every unit there ever was, by its last name. Grain: one row per unit.
select distinct on (unit_code) unit_code, full_name
from core.unit
order by unit_code, valid_from desc;
