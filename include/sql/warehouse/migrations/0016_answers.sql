alter table ops.source_file add column wants_answer boolean not null default false;
comment on column ops.source_file.wants_answer is 'Whether its sender is to be answered: it came by the schedule, not by a backfill or a run by hand.';
