-- Difficulties (khó khăn, vướng mắc) that units and others tell, and what they were answered
-- (docs/rules/reports.md#difficulties). What stands in a form stays in its row, so that who is forgotten is forgotten here.
create table ops.difficulty (
    difficulty_id integer generated always as identity primary key,
    actor text not null,
    told_at timestamptz not null,
    report_kind text,
    period_start date,
    record_id bigint unique references raw.source_row,
    said text check (btrim(said) <> ''),
    entered_by text,
    theme text,
    owner text,
    answer text check (btrim(answer) <> ''),
    answered_by text,
    answered_at timestamptz,
    check (num_nonnulls(record_id, said) = 1),
    check (num_nonnulls(answer, answered_by, answered_at) in (0, 3))
);
comment on table ops.difficulty is 'Difficulties that were told. Grain: one row per difficulty.';
comment on column ops.difficulty.difficulty_id is 'Number in the register.';
comment on column ops.difficulty.actor is 'Unit code or key of the actor who told it.';
comment on column ops.difficulty.told_at is 'When it came.';
comment on column ops.difficulty.report_kind is 'week or month; null where it came without a form.';
comment on column ops.difficulty.period_start is 'First day of the form''s period; null where it came without a form.';
comment on column ops.difficulty.record_id is 'The row of the form that says it; null where somebody entered it.';
comment on column ops.difficulty.said is 'What somebody entered, in a person''s words; null where a form says it.';
comment on column ops.difficulty.entered_by is 'Who entered it; null where a form says it.';
comment on column ops.difficulty.theme is 'What it is about, a code of lensan.units.difficulties; null: nobody has said.';
comment on column ops.difficulty.owner is 'Who sees to it: key of an actor of duties.yml; null: nobody yet.';
comment on column ops.difficulty.answer is 'What was answered, in a person''s words; null: nothing yet.';
comment on column ops.difficulty.answered_by is 'Who answered.';
comment on column ops.difficulty.answered_at is 'When it was answered.';
