-- Decisions on doubtful pairs are taken and taken back by people: who, when and why.
alter table core.doubtful_pair add column note text;
comment on column core.doubtful_pair.note is 'Why it was decided so, or the decision taken back, in the words of who did it.';
comment on column core.doubtful_pair.decision is 'same or different, obeyed by every later run; null: none, or taken back.';
comment on column core.doubtful_pair.decided_by is 'Who decided, or last took the decision back.';
comment on column core.doubtful_pair.decided_at is 'When the decision was taken, or taken back.';
