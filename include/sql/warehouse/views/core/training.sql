drop view if exists core.training cascade;
create view core.training as
select * from core.training_version
where known_from <= core.known_at() and known_until > core.known_at();
comment on view core.training is 'Trainings as known. Grain: one row per person, topic and date.';
