-- What proves a published report (docs/decisions/0023-proof.md). Reports published before have none.
create table ops.report_proof (
    report_kind text not null,
    period text not null,
    revision integer not null,
    proof_no integer not null unique,
    root text not null,
    root_before text,
    manifest bytea not null,
    seal bytea not null,
    primary key (report_kind, period, revision),
    foreign key (report_kind, period, revision) references ops.report
);
comment on table ops.report_proof is 'What proves a published report: the rows that its figures rest on, in a Merkle tree. Grain: one row per published report that has one.';
comment on column ops.report_proof.report_kind is 'week or month.';
comment on column ops.report_proof.period is 'Name of the period.';
comment on column ops.report_proof.revision is '0 is what was published first.';
comment on column ops.report_proof.proof_no is '1, 2, …, in the order of publication.';
comment on column ops.report_proof.root is 'Root of the tree over the manifest''s lines; printed in the report.';
comment on column ops.report_proof.root_before is 'Root of the proof before; null for the first.';
comment on column ops.report_proof.manifest is 'manifest.jsonl: files, tables, figures, rows.';
comment on column ops.report_proof.seal is 'seal.json: root, root before, SHA-256 of manifest and of the report''s files.';
