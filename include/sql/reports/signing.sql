-- name: roots
-- Grain: one row per trusted certificate.
select sha256, subject, certificate, added_at, added_by
from ops.trust_root
order by added_at, sha256;

-- name: root_add
insert into ops.trust_root (sha256, subject, certificate, added_at, added_by)
values (:sha256, :subject, :certificate, :moment, :added_by)
on conflict (sha256) do nothing
returning sha256;

-- name: root_remove
delete from ops.trust_root
where sha256 = :sha256
returning subject;

-- name: keep
insert into ops.signed_file (
    sha256, signs_sha256, report_kind, period, name, size_bytes, content, signer, kept_at, kept_by)
values (
    :sha256, :signs_sha256, :report_kind, :period, :name, :size_bytes, :content, :signer, :moment, :kept_by)
on conflict (sha256) do nothing
returning sha256;

-- name: of_file
-- The last signed file of an unsigned one.
select sha256, name, content, signer, kept_at
from ops.signed_file
where signs_sha256 = :signs_sha256
order by kept_at desc, sha256
limit 1;
