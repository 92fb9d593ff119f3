-- Trainings. Grain: one row per unit, topic and date.
-- Key: unit_code, topic, held_on
select * from mart.training
order by unit_code collate "C", topic collate "C", held_on
