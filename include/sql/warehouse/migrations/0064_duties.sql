-- What proves duties that no file proves, and who was told of what (docs/decisions/0028-register-of-duties.md).
create table ops.duty_document (
    duty text not null,
    actor text not null,
    term text not null,
    reference text not null check (btrim(reference) <> ''),
    dated_on date not null,
    noted_by text not null,
    noted_at timestamptz not null,
    primary key (duty, actor, term)
);
comment on table ops.duty_document is 'Documents by which duties were done, as an officer noted them. Grain: one row per duty, actor and term.';
comment on column ops.duty_document.duty is 'Code of the duty in duties.yml.';
comment on column ops.duty_document.actor is 'Unit code or key of the actor.';
comment on column ops.duty_document.term is 'When it was owed: 2021-11-18, 2021-11, 2021-Q4, 2021 or once.';
comment on column ops.duty_document.reference is 'Number and symbol of the document; a person''s words.';
comment on column ops.duty_document.dated_on is 'Day of the document.';
comment on column ops.duty_document.noted_by is 'Who noted it.';
comment on column ops.duty_document.noted_at is 'When it was noted.';

create table ops.duty_reminder (
    duty text not null,
    actor text not null,
    term text not null,
    fact text not null,
    told_at timestamptz not null,
    primary key (duty, actor, term)
);
create index on ops.duty_reminder (fact);
comment on table ops.duty_reminder is 'What an actor was told to owe: once for each term. Grain: one row per duty, actor and term.';
comment on column ops.duty_reminder.duty is 'Code of the duty in duties.yml.';
comment on column ops.duty_reminder.actor is 'Unit code or key of the actor.';
comment on column ops.duty_reminder.term is 'When it was owed: 2021-11-18, 2021-11, 2021-Q4, 2021 or once.';
comment on column ops.duty_reminder.fact is 'The mail that tells it, in ops.mail; one mail may tell several.';
comment on column ops.duty_reminder.told_at is 'When it was found.';
