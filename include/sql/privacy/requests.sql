-- name: acknowledge
update ops.person_request set acknowledged_at = :moment
where request_id = :request_id and acknowledged_at is null and answered_at is null
returning reference;

-- name: add
insert into ops.person_request (kind, reference, received_on, acknowledge_by, due_on, legal_basis, recorded_at)
values (:kind, :reference, :received_on, :acknowledge_by, :due_on, :legal_basis, :moment)
on conflict (reference) do nothing
returning request_id;

-- name: answer
update ops.person_request
set answered_at = :moment, outcome = :outcome, answer = :answer,
    acknowledged_at = coalesce(acknowledged_at, :moment)
where request_id = :request_id and answered_at is null
returning reference;

-- name: extend
update ops.person_request set extended_at = :moment, extension_reason = :reason, due_on = :due_on
where request_id = :request_id and extended_at is null and answered_at is null
returning reference;

-- name: listed
-- The register, what is due first at the top. Grain: one row per request.
select request_id, kind, reference, received_on, acknowledge_by, due_on, acknowledged_at, extended_at,
       answered_at, outcome, answer
from ops.person_request
where answered_at is null or :with_answered
order by answered_at is not null, due_on, request_id;

-- name: one
select kind, received_on, due_on from ops.person_request where request_id = :request_id;
