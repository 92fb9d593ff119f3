-- Signed PDFs of reports beside the published ones, and whose certificates are trusted
-- (docs/decisions/0036-signed-reports.md).
create table ops.trust_root (
    sha256 text primary key,
    subject text not null,
    certificate bytea not null,
    added_at timestamptz not null,
    added_by text not null
);
comment on table ops.trust_root is 'Certificates to which a signer''s chain must lead. Grain: one row per certificate.';
comment on column ops.trust_root.sha256 is 'SHA-256 of the certificate (DER).';
comment on column ops.trust_root.subject is 'Whose it is, as it says itself.';
comment on column ops.trust_root.certificate is 'The certificate (DER).';
comment on column ops.trust_root.added_at is 'When it was added.';
comment on column ops.trust_root.added_by is 'Who added it.';

create table ops.signed_file (
    sha256 text primary key,
    signs_sha256 text not null,
    report_kind text not null,
    period text not null,
    name text not null,
    size_bytes bigint not null,
    content bytea not null,
    signer text not null,
    kept_at timestamptz not null,
    kept_by text not null
);
create index signed_file_signs on ops.signed_file (signs_sha256);
comment on table ops.signed_file is 'PDFs of reports with a checked signature. Grain: one row per signed file.';
comment on column ops.signed_file.sha256 is 'SHA-256 of the signed bytes.';
comment on column ops.signed_file.signs_sha256 is 'SHA-256 of the unsigned PDF that its first bytes are.';
comment on column ops.signed_file.report_kind is 'week or month.';
comment on column ops.signed_file.period is 'Name of the period.';
comment on column ops.signed_file.name is 'File name.';
comment on column ops.signed_file.size_bytes is 'Size in bytes.';
comment on column ops.signed_file.content is 'The bytes.';
comment on column ops.signed_file.signer is 'Whose certificate signed, as it says itself.';
comment on column ops.signed_file.kept_at is 'When it was checked and kept.';
comment on column ops.signed_file.kept_by is 'Who brought it.';
