-- PDFs and photos of signed forms that were sent with a form on the phone: only kept, never read
-- (docs/decisions/0037-form-on-the-phone.md).
create table ops.form_scan (
    scan_id integer generated always as identity primary key,
    form_sha256 text not null,
    sha256 text not null,
    unit_code text not null,
    report_kind text not null,
    period text not null,
    media_type text not null,
    size_bytes bigint not null,
    content bytea not null,
    received_at timestamptz not null,
    unique (form_sha256, sha256)
);
comment on table ops.form_scan is 'Scans of signed forms, beside the files that were sent with them. Grain: one row per scan and form.';
comment on column ops.form_scan.scan_id is 'Number of the scan.';
comment on column ops.form_scan.form_sha256 is 'SHA-256 of the form that it came with, as in ops.source_file.';
comment on column ops.form_scan.sha256 is 'SHA-256 of its bytes.';
comment on column ops.form_scan.unit_code is 'Unit whose link it came by.';
comment on column ops.form_scan.report_kind is 'week or month.';
comment on column ops.form_scan.period is 'Name of the period.';
comment on column ops.form_scan.media_type is 'application/pdf, image/jpeg or image/png.';
comment on column ops.form_scan.size_bytes is 'Size in bytes.';
comment on column ops.form_scan.content is 'The bytes.';
comment on column ops.form_scan.received_at is 'When it came.';
