drop view if exists mart.country cascade;
create view mart.country as
select country_code, name, position from core.country;
comment on view mart.country is 'Countries. Grain: one row per country.';
comment on column mart.country.country_code is 'ISO alpha-2.';
comment on column mart.country.name is 'Vietnamese name.';
comment on column mart.country.position is 'Order in lists, by the Vietnamese alphabet.';
