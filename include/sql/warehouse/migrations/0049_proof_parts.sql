-- Parts of proofs: the rows of order lines of some days, named once and referred to by what they are
-- (docs/decisions/0023-proof.md).
create table ops.proof_part (
    sha256 text primary key,
    content bytea not null
);
comment on table ops.proof_part is 'Rows of order lines of some days, which proofs refer to. Grain: one row per part.';
comment on column ops.proof_part.sha256 is 'SHA-256 of the content, by which manifests name it.';
comment on column ops.proof_part.content is 'Files, tables and rows, a line each.';

create table ops.proof_slice (
    key text primary key,
    sha256 text references ops.proof_part
);
comment on table ops.proof_slice is 'Which part says what order lines of some days count for, as long as nothing that it rests on changed. Grain: one row per days and state.';
comment on column ops.proof_slice.key is 'Digest of the days and of all that their part rests on.';
comment on column ops.proof_slice.sha256 is 'The part; null where no line of these days counts.';

create table core.sale_change (
    changed_on date primary key,
    changes bigint not null
);
comment on table core.sale_change is 'How often order lines of a day changed, or what they are taken for; core.add_sale_groups keeps it. Grain: one row per day of order or completion.';
comment on column core.sale_change.changed_on is 'Day in Asia/Ho_Chi_Minh.';
comment on column core.sale_change.changes is 'Goes up with each statement that brings, changes or takes away a line of the day.';

-- Lines of few days are found without reading all: files come in about the order of time.
create index on core.order_line_version using brin (completed_at, ordered_at) with (pages_per_range = 32);
