-- name: erased_files
-- Raw files that were written again without a forgotten person: their old bytes. Grain: one row per file.
select old_sha256
from ops.erased_file
where new_sha256 is distinct from old_sha256 and new_sha256 is not null
order by old_sha256;

-- name: files_held
update ops.source_file set rule = 'source_held', reason = :reason, parameters = cast(:parameters as jsonb)
where source = :source and status = 'received' and rule is null;

-- name: held
-- Checks of severity fail that did not pass when gate core last looked at a source, save those that only
-- stop single files: until they pass nothing of it is merged. Grain: one row per check.
select result.check_name
from ops.check_result as result
where result.run_id = (
        select max(run_id) from ops.check_run where gate = 'core' and check_run.source = :source)
  and result.severity = 'fail' and not result.is_passed
  and result.check_name <> all(cast(:stopping as text[]))
order by result.check_name;

-- name: known_files
-- Files of a source in the order in which they came. Grain: one row per file.
select file.name, file.sha256, file.status <> 'received' as is_settled,
       exists(select from ops.remote_object as object where object.file_id = file.file_id) as is_fetched
from ops.source_file as file
where file.source = :source
order by file.file_id;

-- name: register_file
-- Grain: one row per source, name, content and landing; none when this very file waits already.
insert into ops.source_file (
    source, name, sha256, size_bytes, received_at, export_date, status, wants_answer, landed)
select :source, :name, :sha256, :size_bytes, :received_at, :export_date, 'received', :wants_answer, count(*) + 1
from ops.source_file
where source = :source and name = :name and sha256 = :sha256
having coalesce(bool_and(status <> 'received'), true)
on conflict (source, name, sha256, landed) do nothing
returning file_id;
