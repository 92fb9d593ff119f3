-- name: report_file
-- Grain: one row, or none when the ledger has no such file.
select content, sha256
from ops.report_file
where report_kind = :report_kind and period = :period and revision = :revision and name = :name;
