drop view if exists core.submission cascade;
create view core.submission as
select * from core.submission_version
where known_from <= core.known_at() and known_until > core.known_at();
comment on view core.submission is 'Accepted forms as known. Grain: one row per sender and period.';
