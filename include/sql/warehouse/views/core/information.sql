drop view if exists core.information cascade;
create view core.information as
select information.*,
       (published_at at time zone 'Asia/Ho_Chi_Minh')::date as published_on
from core.information_version as information
where known_from <= core.known_at() and known_until > core.known_at();
comment on view core.information is 'Information items as known. Grain: one row per item.';
