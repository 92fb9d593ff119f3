drop view if exists mart.information cascade;
create view mart.information as
with first_row as (
    select entity_key, min(record_id) as information_id from core.information_version group by entity_key
)
select first_row.information_id, information.item_group, information.channel,
       information.published_at, information.published_on
from core.information
join first_row using (entity_key);
comment on view mart.information is 'Information items published for producers. Without their titles. Grain: one row per item.';
comment on column mart.information.information_id is 'Number of the item in this warehouse; it stays.';
comment on column mart.information.item_group is 'policy, production or season';
comment on column mart.information.channel is 'Platform or app.';
comment on column mart.information.published_at is 'Moment of publication.';
comment on column mart.information.published_on is 'Day of publication in Việt Nam.';
