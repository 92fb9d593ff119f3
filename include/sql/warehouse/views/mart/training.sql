drop view if exists mart.training cascade;
create view mart.training as
select unit_code, topic, held_on, count(distinct person_key) as people
from core.training
group by unit_code, topic, held_on;
comment on view mart.training is 'Trainings by the lists of those who took part. Grain: one row per unit, topic and date.';
comment on column mart.training.unit_code is 'Unit of the list.';
comment on column mart.training.topic is 'digital_skills or packing';
comment on column mart.training.held_on is 'Date of the training.';
comment on column mart.training.people is 'Distinct people in the lists.';
